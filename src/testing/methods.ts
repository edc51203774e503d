import type { Holdfast, Stores, Tenant, TokenStore } from "../contract/index.js";

/** What a method is to a failing store, and where a call's options stand among its parameters. */
export interface Method {
  /** `commit`: writes. `read`, `list` and `tail` read: they give a promise, a `PagePromise`, an iterator. `free`: neither, and never fails on command. */
  readonly kind: "commit" | "read" | "list" | "tail" | "free";
  readonly optionsAt: number;
}

export type StoreName = "messages" | "state" | "kv" | "log";

/** The methods of an instance, those apart that open and close. */
export const instanceMethods: {
  readonly [M in Exclude<keyof Holdfast, "tenant" | "tokens" | "close" | typeof Symbol.asyncDispose>]: Method;
} = {
  using: { kind: "free", optionsAt: 1 },
  listTenants: { kind: "list", optionsAt: 0 },
  eraseTenant: { kind: "commit", optionsAt: 1 },
  sweep: { kind: "commit", optionsAt: 0 },
  doctor: { kind: "free", optionsAt: 0 },
  backup: { kind: "free", optionsAt: 1 },
  info: { kind: "free", optionsAt: 0 },
  load: { kind: "free", optionsAt: 0 },
  stats: { kind: "free", optionsAt: 0 },
  healthCheck: { kind: "free", optionsAt: 0 },
  migrate: { kind: "free", optionsAt: 0 },
};

/** Those of its tokens. */
export const tokenMethods: { readonly [M in keyof TokenStore]: Method } = {
  create: { kind: "commit", optionsAt: 1 },
  verify: { kind: "read", optionsAt: 1 },
  list: { kind: "list", optionsAt: 0 },
  revoke: { kind: "commit", optionsAt: 1 },
};

/** What spans the four stores. A method of the contract that is missing here does not compile, here and below. */
export const spanningMethods: { readonly [M in Exclude<keyof Stores, StoreName | "lease">]: Method } = {
  write: { kind: "commit", optionsAt: 1 },
  read: { kind: "read", optionsAt: 1 },
  getOperation: { kind: "read", optionsAt: 1 },
};

/** What a tenant has besides. */
export const tenantMethods: { readonly [M in Exclude<keyof Tenant, keyof Stores | "id" | "user">]: Method } = {
  listUsers: { kind: "list", optionsAt: 0 },
  usage: { kind: "read", optionsAt: 0 },
  eraseUser: { kind: "commit", optionsAt: 1 },
  eraseThread: { kind: "commit", optionsAt: 1 },
  listErasures: { kind: "list", optionsAt: 0 },
  export: { kind: "tail", optionsAt: 0 },
  exportUser: { kind: "tail", optionsAt: 1 },
  import: { kind: "commit", optionsAt: 1 },
};

export const leaseMethods: { readonly [M in "renew" | "release"]: Method } = {
  renew: { kind: "commit", optionsAt: 0 },
  release: { kind: "commit", optionsAt: 0 },
};

/** Every method of the four stores. */
export const storeMethods: { readonly [S in StoreName]: { readonly [M in keyof Tenant[S]]: Method } } = {
  messages: {
    createThread: { kind: "commit", optionsAt: 1 },
    getThread: { kind: "read", optionsAt: 1 },
    updateThread: { kind: "commit", optionsAt: 2 },
    deleteThread: { kind: "commit", optionsAt: 1 },
    restoreThread: { kind: "commit", optionsAt: 1 },
    listThreads: { kind: "list", optionsAt: 1 },
    getOrCreateThread: { kind: "commit", optionsAt: 1 },
    createMessage: { kind: "commit", optionsAt: 1 },
    getMessage: { kind: "read", optionsAt: 1 },
    updateMessage: { kind: "commit", optionsAt: 2 },
    deleteMessage: { kind: "commit", optionsAt: 1 },
    restoreMessage: { kind: "commit", optionsAt: 1 },
    listMessages: { kind: "list", optionsAt: 1 },
    getMessagesByExecution: { kind: "list", optionsAt: 1 },
    countMessages: { kind: "read", optionsAt: 1 },
  },
  state: {
    upsertLatest: { kind: "commit", optionsAt: 1 },
    getLatest: { kind: "read", optionsAt: 1 },
    getHistory: { kind: "list", optionsAt: 1 },
    delete: { kind: "commit", optionsAt: 1 },
    healthCheck: { kind: "free", optionsAt: 0 },
  },
  kv: {
    put: { kind: "commit", optionsAt: 3 },
    get: { kind: "read", optionsAt: 2 },
    getEntry: { kind: "read", optionsAt: 2 },
    getMany: { kind: "read", optionsAt: 2 },
    delete: { kind: "commit", optionsAt: 2 },
    update: { kind: "commit", optionsAt: 3 },
    list: { kind: "list", optionsAt: 1 },
    entries: { kind: "list", optionsAt: 1 },
    listNamespaces: { kind: "list", optionsAt: 1 },
    evictExpired: { kind: "commit", optionsAt: 0 },
  },
  log: {
    append: { kind: "commit", optionsAt: 2 },
    loadSince: { kind: "list", optionsAt: 2 },
    head: { kind: "read", optionsAt: 1 },
    fork: { kind: "commit", optionsAt: 3 },
    archiveBefore: { kind: "commit", optionsAt: 2 },
    loadArchived: { kind: "list", optionsAt: 1 },
    tail: { kind: "tail", optionsAt: 1 },
  },
};
