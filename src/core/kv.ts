import type { KvEntry, KvMetadata, KvStore, Page, PagePromise } from "../contract/index.js";
import { integer, invalid, key, namespace, optional } from "./arguments.js";
import type { Change } from "./compare-and-set.js";
import {
  askEntries,
  askEntry,
  askKeys,
  askNamespaces,
  askValue,
  askValues,
  keyListOptions,
  namespaceListOptions,
} from "./kv-reads.js";
import { prepareDeleteEntry, preparePut, preparePutUpdated, putOptions } from "./kv-writes.js";
import { expectingOptions } from "./messages-writes.js";
import type { Surroundings } from "./prepared.js";
import { toKvMetadata } from "./present.js";
import type { TenantChannel } from "./tenant-channel.js";
import { callFunction } from "./update-function.js";

/** Seed 002 for one tenant. */
export function kvStore(channel: TenantChannel): KvStore {
  return {
    put: (ns, name, value, options) =>
      channel.writeOne("kv.put", options, putOptions, (around, given) => preparePut(around, ns, name, value, given)),
    get: <T>(ns: unknown, name: unknown, options: unknown) =>
      channel.readOne("kv.get", options, [], () => askValue(ns, name)) as Promise<T | undefined>,
    getEntry: <T>(ns: unknown, name: unknown, options: unknown) =>
      channel.readOne("kv.getEntry", options, [], () => askEntry(ns, name)) as Promise<KvEntry<T> | undefined>,
    getMany: <T>(ns: unknown, names: unknown, options: unknown) =>
      channel.readOne("kv.getMany", options, [], () => askValues(ns, names)) as Promise<(T | undefined)[]>,
    delete: (ns, name, options) =>
      channel.writeOne("kv.delete", options, expectingOptions, (_, given) => prepareDeleteEntry(ns, name, given)),
    update: <T>(ns: unknown, name: unknown, update: (value: T | undefined) => T | undefined, options: unknown) =>
      channel.change("kv.update", options, (around) =>
        changeEntry(around, ns, name, update as (value: unknown) => unknown),
      ),
    list: (ns, options) => channel.readList("kv.list", options, keyListOptions, (given) => askKeys(channel, ns, given)),
    entries: <T>(ns: unknown, options: unknown) =>
      channel.readList<KvEntry, Page<KvEntry>>("kv.entries", options, keyListOptions, (given) =>
        askEntries(channel, ns, given),
      ) as PagePromise<KvEntry<T>>,
    listNamespaces: (prefix, options) =>
      channel.readList("kv.listNamespaces", options, namespaceListOptions, (given) =>
        askNamespaces(channel, prefix, given),
      ),
    evictExpired: (options) =>
      channel.runOther("kv.evictExpired", options, ["limit"], async (call, given) => {
        const limit = optional(given.limit, "options.limit", (value, path) => integer(value, path, 0));
        const evicted = await channel.store.upkeep.evict(channel.scope, limit, call);
        return { value: evicted, rows: evicted.removed };
      }),
  };
}

function changeEntry(
  around: Surroundings,
  ns: unknown,
  name: unknown,
  update: (value: unknown) => unknown,
): Change<KvEntry | undefined, KvMetadata | undefined> {
  const address = { namespace: namespace(ns, "namespace"), key: key(name, "key") };
  if (typeof update !== "function") throw invalid("update", "must be a function of the current value.");
  return {
    address: ["kv.update", address.key, ...address.namespace],
    current: askEntry(ns, name),
    prepare(entry) {
      const value = callFunction(update, entry?.value);
      return value === undefined ? undefined : preparePutUpdated(around, address, value, entry?.revision ?? 0);
    },
    unchanged: (entry) => entry && toKvMetadata(entry),
  };
}
