import type { Holdfast, Lease, LeaseOptions, PagePromise, Stores, Tenant, UserStores } from "../contract/index.js";
import { callMethod, interceptedStores, methodOf } from "./methods.js";
import type { MethodName, StoreName } from "./methods.js";
import { Reopening } from "./reopening.js";

/** A store that is closed and opened again all the time. */
export interface Reopened extends Holdfast {
  /** True where no call is under way. */
  readonly isIdle: boolean;
}

/**
 * The same store, closed and opened again after every write and between the pages of a list, so that nothing a rule sees
 * can come from memory. Handles and leases stay valid: each call goes to the instance of its time.
 */
export async function reopened(open: () => Promise<Holdfast>): Promise<Reopened> {
  const store = new Reopening(open, await open());
  return {
    get isIdle(): boolean {
      return store.isIdle;
    },
    tenant: (tenantId) => reopenedTenant(store, tenantId),
    using: (client) => store.current.using(client),
    tokens: {
      create: (token, options) => store.write(() => store.current.tokens.create(token, options)),
      verify: (secret, options) => store.read(() => store.current.tokens.verify(secret, options)),
      list: (options) => store.list(() => store.current.tokens.list(options)),
      revoke: (tokenId, options) => store.write(() => store.current.tokens.revoke(tokenId, options)),
    },
    listTenants: (options) => store.list(() => store.current.listTenants(options)),
    eraseTenant: (tenantId, options) => store.write(() => store.current.eraseTenant(tenantId, options)),
    sweep: (options) => store.write(() => store.current.sweep(options)),
    doctor: (options) => store.write(() => store.current.doctor(options)),
    backup: (file, options) => store.read(() => store.current.backup(file, options)),
    info: () => store.current.info(),
    load: () => store.current.load(),
    stats: (options) => store.read(() => store.current.stats(options)),
    healthCheck: (options) => store.read(() => store.current.healthCheck(options)),
    migrate: (options) => store.read(() => store.current.migrate(options)),
    close: () => store.close(),
    [Symbol.asyncDispose]: () => store.close(),
  };
}

function reopenedTenant(store: Reopening, tenantId: string): Tenant {
  const inner = (): Tenant => store.current.tenant(tenantId);
  return {
    id: inner().id,
    ...reopenedStores(store, inner),
    user: (userId) => reopenedUser(store, () => inner().user(userId)),
    listUsers: (options) => store.list(() => inner().listUsers(options)),
    usage: (options) => store.read(() => inner().usage(options)),
    eraseUser: (userId, options) => store.write(() => inner().eraseUser(userId, options)),
    eraseThread: (threadId, options) => store.write(() => inner().eraseThread(threadId, options)),
    listErasures: (options) => store.list(() => inner().listErasures(options)),
    export: (options) => store.walk(inner().export(options)),
    exportUser: (userId, options) => store.walk(inner().exportUser(userId, options)),
    import: (records, options) => store.write(() => inner().import(records, options)),
  };
}

function reopenedUser(store: Reopening, inner: () => UserStores): UserStores {
  const { tenantId, userId } = inner();
  return { tenantId, userId, ...reopenedStores(store, inner) };
}

function reopenedStores(store: Reopening, inner: () => Stores): Stores {
  return {
    ...interceptedStores((name, method, args) => intercept(store, inner, name, method, args)),
    write: (build, options) => store.write(() => inner().write(build, options)),
    read: (build, options) => store.read(() => inner().read(build, options)),
    getOperation: (operationId, options) => store.read(() => inner().getOperation(operationId, options)),
    async lease(name, options): Promise<Lease> {
      const named = withOperationId(options);
      const taken = await store.write(() => inner().lease(name, named));
      return reopenedLease(store, inner, taken, named, named.ttlMs);
    },
  };
}

function intercept(
  store: Reopening,
  inner: () => Stores,
  name: StoreName,
  method: string,
  args: readonly unknown[],
): unknown {
  const call = (): unknown => callMethod(inner(), name, method, args);
  switch (methodOf(`${name}.${method}` as MethodName).kind) {
    case "list":
      return store.list(() => call() as PagePromise<unknown>);
    case "tail":
      return store.walk(call() as AsyncIterableIterator<unknown>);
    case "read":
      return store.read(() => call() as Promise<unknown>);
    default:
      return store.write(() => call() as Promise<unknown>);
  }
}

/** The lease, from whatever instance: a repeat of the write that took it gives it again, with the same token. */
function reopenedLease(
  store: Reopening,
  inner: () => Stores,
  { name, token, expiresAt }: Lease,
  { operationId, ttlMs: firstTtlMs }: LeaseOptions,
  ttlMs: number,
): Lease {
  const again = (): Promise<Lease> => inner().lease(name, { ttlMs: firstTtlMs, operationId });
  return {
    name,
    token,
    expiresAt,
    async renew(options): Promise<Lease> {
      const asked = options === undefined ? { ttlMs } : "ttlMs" in Object(options) ? options : { ...options, ttlMs };
      const renewed = await store.write(async () => (await again()).renew(asked));
      return reopenedLease(store, inner, renewed, { operationId, ttlMs: firstTtlMs }, asked.ttlMs ?? ttlMs);
    },
    release: (options) => store.write(async () => (await again()).release(options)),
    [Symbol.asyncDispose]: () => store.write(async () => (await again())[Symbol.asyncDispose]()),
  };
}

/** Options without an `operationId` of their own get one; what is none stays so, to be refused. */
function withOperationId(options: LeaseOptions): LeaseOptions {
  if (typeof options !== "object" || options === null || Array.isArray(options)) return options;
  return options.operationId === undefined ? { ...options, operationId: crypto.randomUUID() } : options;
}
