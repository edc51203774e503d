import { HoldfastError } from "../contract/index.js";
import type { Holdfast, Recorder, Stores, Tenant, UserStores, WriteOptions } from "../contract/index.js";
import { callMethod, interceptedStores, methodOf } from "./methods.js";
import type { MethodName, StoreName } from "./methods.js";

/**
 * The same store, where every write that can be recorded is sent through `tenant.write`.
 *
 * A single write is a batch of one: every rule has to hold here too, unchanged.
 */
export function batched(db: Holdfast): Holdfast {
  return {
    tenant: (tenantId) => batchedTenant(db.tenant(tenantId)),
    using: (client) => db.using(client),
    tokens: db.tokens,
    listTenants: (options) => db.listTenants(options),
    eraseTenant: (tenantId, options) => db.eraseTenant(tenantId, options),
    sweep: (options) => db.sweep(options),
    doctor: (options) => db.doctor(options),
    backup: (file, options) => db.backup(file, options),
    info: () => db.info(),
    load: () => db.load(),
    stats: (options) => db.stats(options),
    healthCheck: (options) => db.healthCheck(options),
    migrate: (options) => db.migrate(options),
    close: () => db.close(),
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  };
}

function batchedTenant(tenant: Tenant): Tenant {
  return {
    id: tenant.id,
    ...batchedStores(tenant),
    user(userId): UserStores {
      const user = tenant.user(userId);
      return { tenantId: user.tenantId, userId: user.userId, ...batchedStores(user) };
    },
    listUsers: (options) => tenant.listUsers(options),
    usage: (options) => tenant.usage(options),
    eraseUser: (userId, options) => tenant.eraseUser(userId, options),
    eraseThread: (threadId, options) => tenant.eraseThread(threadId, options),
    listErasures: (options) => tenant.listErasures(options),
    export: (options) => tenant.export(options),
    exportUser: (userId, options) => tenant.exportUser(userId, options),
    import: (records, options) => tenant.import(records, options),
  };
}

function batchedStores(stores: Stores): Stores {
  return {
    ...interceptedStores((store, name, args) =>
      isRecordable(store, name, args) ? writeOne(stores, store, name, args) : callMethod(stores, store, name, args),
    ),
    write: (build, options) => stores.write(build, options),
    read: (build, options) => stores.read(build, options),
    getOperation: (operationId, options) => stores.getOperation(operationId, options),
    lease: (name, options) => stores.lease(name, options),
  };
}

function isRecordable(store: StoreName, name: string, args: readonly unknown[]): boolean {
  return methodOf(`${store}.${name}` as MethodName).kind === "recorded" && typeof args[1] !== "function";
}

async function writeOne(stores: Stores, store: StoreName, name: string, args: readonly unknown[]): Promise<unknown> {
  const { optionsAt } = methodOf(`${store}.${name}` as MethodName);
  const { own, call } = splitOptions(args[optionsAt]);
  const recordedArgs = own === undefined ? args.slice(0, optionsAt) : [...args.slice(0, optionsAt), own];
  try {
    return await stores.write((recorder) => record(recorder, store, name, recordedArgs), call as WriteOptions);
  } catch (error) {
    throw withoutIndex(error);
  }
}

function record(recorder: Recorder, store: StoreName, name: string, args: readonly unknown[]): unknown {
  return callMethod(recorder as unknown as Stores, store, name, args);
}

const writeOptions: readonly (keyof WriteOptions)[] = [
  "signal",
  "deadline",
  "actor",
  "requestId",
  "operationId",
  "onRepeat",
  "fence",
];

/** Which options belong to the operation, and which to the write. */
function splitOptions(options: unknown): { readonly own: unknown; readonly call: unknown } {
  if (typeof options !== "object" || options === null || Array.isArray(options))
    return { own: undefined, call: options };
  const entries = Object.entries(options);
  const isCall = (name: string): boolean => (writeOptions as readonly string[]).includes(name);
  return {
    own: Object.fromEntries(entries.filter(([name]) => !isCall(name))),
    call: Object.fromEntries(entries.filter(([name]) => isCall(name))),
  };
}

/** The error that the single call would have given: one that has no place in a batch. */
function withoutIndex(error: unknown): unknown {
  if (!(error instanceof HoldfastError)) return error;
  const { code, message, details, cause, retryable, outcome } = error;
  return new HoldfastError(code, message, { details, cause, retryable, outcome });
}
