import type { Holdfast, Stores, Tenant, TokenStore } from "../contract/index.js";

/** What a method does, and where its options stand among its parameters. */
export interface Method {
  /**
   * `recorded`: a write that `write` records too. `write`: one that reads first. Both take an `operationId`. `step`: changes
   * something, takes none, and is harmless to repeat. `list`: gives a `PagePromise`. `tail`: gives an iterator that does not
   * end; `walk`: one that does.
   */
  readonly kind: "recorded" | "write" | "step" | "read" | "list" | "tail" | "walk";
  readonly optionsAt: number;
}

export type StoreName = "messages" | "state" | "kv" | "log";

/** What `Stores` has besides the four. */
export type OtherStoresMethod = Exclude<keyof Stores, StoreName>;

/** What a whole tenant has, and one of its users has not. */
export type TenantMethod = Exclude<keyof Tenant, keyof Stores | "id" | "user">;

/** What the instance and its tokens answer with a promise; `close` apart, which takes no options. */
export type InstanceMethod =
  | Exclude<keyof Holdfast, "tenant" | "using" | "tokens" | "info" | "load" | "close" | typeof Symbol.asyncDispose>
  | `tokens.${keyof TokenStore}`;

/** Every method of `Stores`, by the name that `observe` gives it. */
export type StoresMethodName = { [S in StoreName]: `${S}.${keyof Stores[S] & string}` }[StoreName] | OtherStoresMethod;

/** Every method of a tenant. */
export type MethodName = StoresMethodName | TenantMethod;

/** Every method of the four stores. A method of the contract that is missing here does not compile. */
export const methods: { readonly [S in StoreName]: { readonly [M in keyof Stores[S]]: Method } } = {
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
    evictExpired: { kind: "step", optionsAt: 0 },
  },
  log: {
    append: { kind: "recorded", optionsAt: 2 },
    loadSince: { kind: "list", optionsAt: 2 },
    head: { kind: "read", optionsAt: 1 },
    archiveBefore: { kind: "step", optionsAt: 2 },
    fork: { kind: "write", optionsAt: 3 },
    loadArchived: { kind: "list", optionsAt: 1 },
    tail: { kind: "tail", optionsAt: 1 },
  },
};

/** Every other method of a tenant: those that one of its users has too, and then those of a whole tenant. */
export const otherMethods: { readonly [M in OtherStoresMethod | TenantMethod]: Method } = {
  write: { kind: "write", optionsAt: 1 },
  read: { kind: "read", optionsAt: 1 },
  getOperation: { kind: "read", optionsAt: 1 },
  lease: { kind: "write", optionsAt: 1 },
  listUsers: { kind: "list", optionsAt: 0 },
  usage: { kind: "read", optionsAt: 0 },
  listErasures: { kind: "list", optionsAt: 0 },
  export: { kind: "walk", optionsAt: 0 },
  exportUser: { kind: "walk", optionsAt: 1 },
  import: { kind: "step", optionsAt: 1 },
  eraseThread: { kind: "step", optionsAt: 1 },
  eraseUser: { kind: "step", optionsAt: 1 },
};

/** What a method of this name does. */
export function methodOf(name: MethodName): Method {
  const [store, method] = name.split(".") as [StoreName, string | undefined];
  const table = method === undefined ? otherMethods : methods[store];
  return (table as Record<string, Method>)[method ?? store] as Method;
}

/** What a call of a method comes through: which method, and with which arguments. */
export type Intercept = (store: StoreName, method: string, args: readonly unknown[]) => unknown;

/** Stores whose every method is `intercept`. */
export function interceptedStores(intercept: Intercept): Pick<Stores, StoreName> {
  return {
    messages: interceptedStore("messages", intercept) as Stores["messages"],
    state: interceptedStore("state", intercept) as Stores["state"],
    kv: interceptedStore("kv", intercept) as Stores["kv"],
    log: interceptedStore("log", intercept) as Stores["log"],
  };
}

/** Calls a method of one of the tenant's stores by its name. */
export function callMethod(
  stores: Pick<Stores, StoreName>,
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
