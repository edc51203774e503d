import type { Tenant } from "../contract/index.js";

/** What a method of a store does, and where its options stand among its parameters. */
export interface Method {
  /**
   * `recorded`: a write that `tenant.write` records too. `write`: one that reads first or works in steps. `list`: gives a
   * `PagePromise`. `tail`: gives an iterator.
   */
  readonly kind: "recorded" | "write" | "read" | "list" | "tail";
  readonly optionsAt: number;
}

export type StoreName = "messages" | "state" | "kv" | "log";

/** Every method of a tenant, by the name that `observe` gives it. */
export type MethodName =
  | { [S in StoreName]: `${S}.${keyof Tenant[S] & string}` }[StoreName]
  | "write"
  | "read"
  | "listUsers"
  | "getOperation";

/** Every method of the four stores. A method of the contract that is missing here does not compile. */
export const methods: { readonly [S in StoreName]: { readonly [M in keyof Tenant[S]]: Method } } = {
  messages: {
    createThread: { kind: "recorded", optionsAt: 1 },
    getThread: { kind: "read", optionsAt: 1 },
    updateThread: { kind: "recorded", optionsAt: 2 },
    deleteThread: { kind: "recorded", optionsAt: 1 },
    restoreThread: { kind: "recorded", optionsAt: 1 },
    listThreads: { kind: "list", optionsAt: 1 },
    getOrCreateThread: { kind: "write", optionsAt: 1 },
    createMessage: { kind: "recorded", optionsAt: 1 },
    getMessage: { kind: "read", optionsAt: 1 },
    updateMessage: { kind: "recorded", optionsAt: 2 },
    deleteMessage: { kind: "recorded", optionsAt: 1 },
    restoreMessage: { kind: "recorded", optionsAt: 1 },
    listMessages: { kind: "list", optionsAt: 1 },
    getMessagesByExecution: { kind: "list", optionsAt: 1 },
    countMessages: { kind: "read", optionsAt: 1 },
  },
  state: {
    upsertLatest: { kind: "recorded", optionsAt: 1 },
    getLatest: { kind: "read", optionsAt: 1 },
    getHistory: { kind: "list", optionsAt: 1 },
    delete: { kind: "recorded", optionsAt: 1 },
    healthCheck: { kind: "read", optionsAt: 0 },
  },
  kv: {
    put: { kind: "recorded", optionsAt: 3 },
    get: { kind: "read", optionsAt: 2 },
    getEntry: { kind: "read", optionsAt: 2 },
    getMany: { kind: "read", optionsAt: 2 },
    delete: { kind: "recorded", optionsAt: 2 },
    update: { kind: "write", optionsAt: 3 },
    list: { kind: "list", optionsAt: 1 },
    entries: { kind: "list", optionsAt: 1 },
    listNamespaces: { kind: "list", optionsAt: 1 },
    evictExpired: { kind: "write", optionsAt: 0 },
  },
  log: {
    append: { kind: "recorded", optionsAt: 2 },
    loadSince: { kind: "list", optionsAt: 2 },
    head: { kind: "read", optionsAt: 1 },
    archiveBefore: { kind: "write", optionsAt: 2 },
    loadArchived: { kind: "list", optionsAt: 1 },
    tail: { kind: "tail", optionsAt: 1 },
  },
};

/** What a call of a method comes through: which method, and with which arguments. */
export type Intercept = (store: StoreName, method: string, args: readonly unknown[]) => unknown;

/** Stores whose every method is `intercept`. */
export function interceptedStores(intercept: Intercept): Pick<Tenant, StoreName> {
  return {
    messages: interceptedStore("messages", intercept) as Tenant["messages"],
    state: interceptedStore("state", intercept) as Tenant["state"],
    kv: interceptedStore("kv", intercept) as Tenant["kv"],
    log: interceptedStore("log", intercept) as Tenant["log"],
  };
}

/** Calls a method of one of the tenant's stores by its name. */
export function callMethod(
  stores: Pick<Tenant, StoreName>,
  store: StoreName,
  method: string,
  args: readonly unknown[],
): unknown {
  const target = stores[store] as unknown as Record<string, (...args: readonly unknown[]) => unknown>;
  return target[method]?.(...args);
}

function interceptedStore(store: StoreName, intercept: Intercept): unknown {
  const names = Object.keys(methods[store]);
  return Object.fromEntries(names.map((name) => [name, (...args: unknown[]) => intercept(store, name, args)]));
}
