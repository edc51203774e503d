import type { KvValue } from "./app.js";
import type { CallOptions, ExpectedRevision, WriteOptions } from "./context.js";
import type { EpochMs, Namespace, UserId } from "./identifiers.js";
import type { Order, PageOptions, PagePromise } from "./pages.js";

/** What the store knows of an entry, its value apart. */
export interface KvMetadata {
  readonly namespace: Namespace;
  readonly key: string;
  /** Whose data it is, where `put` said so. */
  readonly userId?: UserId;
  /** When this address was first written since it last did not exist. */
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
  /** The instant from which it is gone; absent where it does not expire. */
  readonly expiresAt?: EpochMs;
  readonly revision: number;
}

export interface KvEntry<T = unknown> extends KvMetadata {
  readonly value: T;
}

export interface PutOptions extends ExpectedRevision {
  /** Lifetime: an integer from 1. Without it the entry does not expire, whatever it did before. */
  readonly ttlMs?: number | undefined;
  /** Marks whose data the entry is, so that erasure finds it. Without it the entry keeps its owner. */
  readonly userId?: UserId | undefined;
}

export interface KeyListOptions extends PageOptions {
  /** Only keys that begin with this, literally. */
  readonly prefix?: string | undefined;
  /** Order of the keys' UTF-8 bytes; `"asc"` by default. */
  readonly order?: Order | undefined;
}

export interface ListNamespacesOptions extends PageOptions {
  /** Only namespaces that end with these segments. */
  readonly suffix?: Namespace | undefined;
  /** Cuts each namespace to so many segments, counted from its root, and gives each result once. An integer from 1. */
  readonly maxDepth?: number | undefined;
}

export interface EvictOptions {
  /** Entries to remove at most; all that have expired by default. */
  readonly limit?: number | undefined;
}

export interface Evicted {
  /** Entries that were removed. */
  readonly removed: number;
  /** False where `limit` was reached and more have expired. */
  readonly done: boolean;
}

/**
 * Long-term memory: values by namespace and key, with an optional lifetime (seed 002).
 *
 * An entry is live strictly before its `expiresAt`; from then on every read, and `expectedRevision: 0`, treats it as
 * absent, whether or not it has been evicted.
 */
export interface KvStore<App = unknown> {
  /** Stores the value, replacing what was there and its lifetime. Resolves with the entry's metadata. */
  put(namespace: Namespace, key: string, value: KvValue<App>, options?: PutOptions & WriteOptions): Promise<KvMetadata>;

  /** The value, or `undefined` where there is no live entry. */
  get<T = KvValue<App>>(namespace: Namespace, key: string, options?: CallOptions): Promise<T | undefined>;

  /** The value with its metadata, or `undefined` where there is no live entry. */
  getEntry<T = KvValue<App>>(namespace: Namespace, key: string, options?: CallOptions): Promise<KvEntry<T> | undefined>;

  /** The values of several keys of one namespace, from one snapshot, in the order of `keys`; at most 1,000. */
  getMany<T = KvValue<App>>(
    namespace: Namespace,
    keys: readonly string[],
    options?: CallOptions,
  ): Promise<(T | undefined)[]>;

  /** Removes the entry. `false` where there was no live one. */
  delete(namespace: Namespace, key: string, options?: ExpectedRevision & WriteOptions): Promise<boolean>;

  /**
   * Replaces a value by a function of it: if someone writes in between, the function is called again. The entry keeps its
   * lifetime and owner; a new one has neither.
   *
   * The function gets `undefined` where there is no live entry and must be synchronous; `undefined` as its answer leaves
   * everything as it is. Resolves with the entry's metadata, or `undefined` where there is still none.
   */
  update<T = KvValue<App>>(
    namespace: Namespace,
    key: string,
    update: (value: T | undefined) => T | undefined,
    options?: WriteOptions,
  ): Promise<KvMetadata | undefined>;

  /** The keys of exactly this namespace, not of those below it. */
  list(namespace: Namespace, options?: KeyListOptions & CallOptions): PagePromise<string>;

  /** As `list`, with values and metadata. */
  entries<T = KvValue<App>>(namespace: Namespace, options?: KeyListOptions & CallOptions): PagePromise<KvEntry<T>>;

  /**
   * The namespaces that begin with `prefix` (whole segments; `[]` for all, the default) and hold a live entry themselves,
   * in order. With `suffix` or `maxDepth`: filtered by their full names, then cut.
   */
  listNamespaces(prefix?: Namespace, options?: ListNamespacesOptions & CallOptions): PagePromise<Namespace>;

  /** Removes expired entries of this tenant for good, in steps that never hold up other writes for long. */
  evictExpired(options?: EvictOptions & CallOptions): Promise<Evicted>;
}
