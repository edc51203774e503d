import { HoldfastError } from "../contract/index.js";
import type { Holdfast, Recorder, Tenant, WriteOptions } from "../contract/index.js";
import { callMethod, interceptedStores, methods } from "./methods.js";
import type { Method, StoreName } from "./methods.js";

/**
 * The same store, where every write that can be recorded is sent through `tenant.write`.
 *
 * A single write is a batch of one: every rule has to hold here too, unchanged.
 */
export function batched(db: Holdfast): Holdfast {
  return {
    tenant: (tenantId) => batchedTenant(db.tenant(tenantId)),
    info: () => db.info(),
    stats: (options) => db.stats(options),
    healthCheck: (options) => db.healthCheck(options),
    migrate: (options) => db.migrate(options),
    close: () => db.close(),
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  };
}

function batchedTenant(tenant: Tenant): Tenant {
  const stores = interceptedStores((store, name, args) =>
    isRecordable(store, name, args) ? writeOne(tenant, store, name, args) : callMethod(tenant, store, name, args),
  );
  return {
    id: tenant.id,
    ...stores,
    write: (build, options) => tenant.write(build, options),
    read: (build, options) => tenant.read(build, options),
    listUsers: (options) => tenant.listUsers(options),
    getOperation: (operationId, options) => tenant.getOperation(operationId, options),
  };
}

function isRecordable(store: StoreName, name: string, args: readonly unknown[]): boolean {
  return methodOf(store, name).kind === "recorded" && typeof args[1] !== "function";
}

async function writeOne(tenant: Tenant, store: StoreName, name: string, args: readonly unknown[]): Promise<unknown> {
  const { optionsAt } = methodOf(store, name);
  const { own, call } = splitOptions(args[optionsAt]);
  const recordedArgs = own === undefined ? args.slice(0, optionsAt) : [...args.slice(0, optionsAt), own];
  try {
    return await tenant.write((recorder) => record(recorder, store, name, recordedArgs), call as WriteOptions);
  } catch (error) {
    throw withoutIndex(error);
  }
}

function record(recorder: Recorder, store: StoreName, name: string, args: readonly unknown[]): unknown {
  return callMethod(recorder as unknown as Tenant, store, name, args);
}

const writeOptions: readonly (keyof WriteOptions)[] = [
  "signal",
  "deadline",
  "actor",
  "requestId",
  "operationId",
  "onRepeat",
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

function methodOf(store: StoreName, name: string): Method {
  return (methods[store] as Record<string, Method>)[name] as Method;
}
