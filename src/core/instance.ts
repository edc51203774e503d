import { limits } from "../contract/index.js";
import type {
  Diagnosis,
  Finding,
  Holdfast,
  JoinedHoldfast,
  OpenOptions,
  PagePromise,
  StoreLoad,
  TransactionClient,
} from "../contract/index.js";
import { flag, identifier, integer, invalid, optional, optionsOf } from "./arguments.js";
import type { Backend } from "./backend.js";
import { erase, eraseOptions } from "./erasure.js";
import { callOptions, checkCall, checkInterrupted, interruptible } from "./interruption.js";
import type { Call } from "./interruption.js";
import { filePath } from "./open-options.js";
import type { OpenStore } from "./open-store.js";
import { checkPaging, pageOptions, pagePromise, toPage } from "./pages.js";
import type { Options } from "./prepared.js";
import type { RowPage } from "./queries.js";
import { reservedTenant } from "./reserved-tenant.js";
import { tenantOf } from "./tenant.js";
import type { IsHealthy } from "./tenant.js";
import type { SweepRequest } from "./upkeep.js";

/** Makes the contract's instance of a store that is open. */
export function instanceOf(store: OpenStore, options: OpenOptions): Holdfast {
  const { backend, upkeep } = store;
  const isHealthy = async (given: unknown): Promise<boolean> => {
    return run(store, "state.healthCheck", given, () => backend.healthCheck()).then(
      () => true,
      () => false,
    );
  };
  const instance: Holdfast = {
    tenant: (tenantId) => tenantOf(store, tenantId, isHealthy),
    using: (client) => using(store, client, isHealthy),
    tokens: store.tokens,
    listTenants: (given) => listTenants(store, given),
    eraseTenant: (id, given) =>
      runWith(store, "eraseTenant", given, eraseOptions, async (call, options) => {
        const tenantId = identifier(id, "tenantId", limits.tenantIdBytes);
        return erase(store, { kind: "tenant", tenantId, subjectId: tenantId }, call, options);
      }),
    sweep: (given) =>
      runWith(store, "sweep", given, sweepOptions, (call, options) =>
        interruptible(call, upkeep.sweep(checkSweep(options), call), () => "unknown"),
      ),
    doctor: (given) =>
      runWith(store, "doctor", given, ["fix"], (call, options) =>
        interruptible(call, examine(backend, optional(options.fix, "options.fix", flag) ?? false)),
      ),
    backup: (file, given) => run(store, "backup", given, () => backend.backup(filePath(file, "file"))),
    info: () => ({ ...backend.info, maxValueBytes: store.maxValueBytes }),
    load: () => loadOf(store),
    stats: (given) => run(store, "stats", given, () => backend.stats()),
    healthCheck: (given) => run(store, "healthCheck", given, () => backend.healthCheck()),
    migrate: (given) => run(store, "migrate", given, () => backend.migrate()),
    close: () => store.close(),
    [Symbol.asyncDispose]: () => store.close(),
  };
  stores.set(instance, store);
  upkeep.begin(instance, options.sweep);
  return instance;
}

/** The store behind an instance, for a server that takes what its clients have checked. `INVALID_ARGUMENT` for anything else. */
export function storeOf(instance: Holdfast): OpenStore {
  const store = stores.get(instance);
  if (store === undefined) throw invalid("db", "must be what open() gave, as it is.");
  return store;
}

const stores = new WeakMap<Holdfast, OpenStore>();

function loadOf({ backend, committer, tails }: OpenStore): StoreLoad {
  const connections = backend.connections();
  return { ...committer.load, tails: tails.size, ...(connections !== undefined && { connections }) };
}

async function run<T>(store: OpenStore, operation: string, options: unknown, work: () => Promise<T>): Promise<T> {
  return runWith(store, operation, options, [], (call) => interruptible(call, work()));
}

async function runWith<T>(
  store: OpenStore,
  operation: string,
  options: unknown,
  names: readonly string[],
  work: (call: Call, options: Options) => Promise<T>,
): Promise<T> {
  const given = optionsOf(options, [...callOptions, ...names]);
  const call = checkCall(given);
  return store.run(operation, undefined, call, async () => {
    checkInterrupted(call, "none");
    return { value: await work(call, given), rows: 1 };
  });
}

function using(store: OpenStore, client: unknown, isHealthy: IsHealthy): JoinedHoldfast {
  if (typeof client !== "object" || client === null || !("query" in client) || typeof client.query !== "function") {
    throw invalid("client", "must have query(text, values), as a client of pg has.");
  }
  const joined = store.joined(client as TransactionClient);
  return { tenant: (tenantId) => tenantOf(joined, tenantId, isHealthy) };
}

const sweepOptions = ["budgetMs", "dryRun", "tenantId"] as const;

function checkSweep(options: Options): SweepRequest {
  const budgetMs = optional(options.budgetMs, "options.budgetMs", (value, path) => integer(value, path, 0));
  const tenantId = optional(options.tenantId, "options.tenantId", (value, path) =>
    identifier(value, path, limits.tenantIdBytes),
  );
  return {
    dryRun: optional(options.dryRun, "options.dryRun", flag) ?? false,
    ...(budgetMs !== undefined && { budgetMs }),
    ...(tenantId !== undefined && { tenantId }),
  };
}

/** The list of tenants is bound to no tenant. */
const everywhere = { tenantId: "" };

function listTenants(store: OpenStore, options: unknown): PagePromise<string> {
  const list = { kind: "listTenants", within: everywhere, of: [], shape: ["string"] } as const;
  return pagePromise((cursor) => {
    const given = cursor === undefined ? options : { ...(options as object), cursor };
    return runWith(store, "listTenants", given, pageOptions, async (call, paging) => {
      const { limit, after } = checkPaging<readonly [string]>(paging, list);
      const { present } = toPage(list, { kind: "tenant.listUsers", limit }, (tenantId: string) => tenantId);
      const listing: Promise<RowPage<string, readonly [string]>> =
        limit === 0 ? Promise.resolve({ rows: [] }) : callersTenants(store.backend, limit, after?.[0]);
      return present((await interruptible(call, listing)) as never);
    });
  });
}

/** The tenants of callers behind `after`. */
async function callersTenants(
  backend: Backend,
  limit: number,
  after: string | undefined,
): Promise<RowPage<string, readonly [string]>> {
  // One for the reserved tenant, where it is among them, and one to know whether there are more.
  const { rows } = await backend.listTenants(limit + 2, after);
  const tenants = rows.filter((tenantId) => tenantId !== reservedTenant);
  const last = tenants[limit - 1];
  return { rows: tenants.slice(0, limit), ...(tenants.length > limit && last !== undefined && { next: [last] }) };
}

/** What is found in what the store keeps for itself is of no tenant. */
async function examine(backend: Backend, fix: boolean): Promise<Diagnosis> {
  const { checked, findings } = await backend.doctor(fix);
  return { checked, findings: findings.map((each) => (each.tenantId === reservedTenant ? ofNoTenant(each) : each)) };
}

function ofNoTenant({ tenantId: _, ...finding }: Finding): Finding {
  return finding;
}
