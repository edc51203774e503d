import { limits } from "../contract/index.js";
import type { KvEntry, Namespace, Page } from "../contract/index.js";
import { integer, invalid, key, keyPrefix, namespace, optional } from "./arguments.js";
import { decode } from "./codec.js";
import { order } from "./messages-reads.js";
import { checkPaging, pageOptions, toPage } from "./pages.js";
import { asked } from "./prepared.js";
import type { Scope } from "./backend.js";
import type { Asked, Options } from "./prepared.js";
import { toKvEntry } from "./present.js";
import type { ListEntries } from "./queries.js";
import type { KvRow } from "./rows.js";

/** The reads of `KvStore`, from the caller's arguments to queries. Each throws where an argument is wrong. */

export const keyListOptions: readonly string[] = [...pageOptions, "prefix", "order"];
export const namespaceListOptions: readonly string[] = [...pageOptions, "suffix", "maxDepth"];

export function askValue(ns: unknown, name: unknown): Asked<unknown> {
  const query = { kind: "kv.getMany", namespace: namespace(ns, "namespace"), keys: [key(name, "key")] } as const;
  return asked(query, ([row]) => row && decode(row.value));
}

export function askEntry(ns: unknown, name: unknown): Asked<KvEntry | undefined> {
  const segments = namespace(ns, "namespace");
  const query = { kind: "kv.getMany", namespace: segments, keys: [key(name, "key")] } as const;
  return asked(query, ([row]) => row && toKvEntry(segments, row));
}

export function askValues(ns: unknown, names: unknown): Asked<unknown[]> {
  if (!Array.isArray(names)) throw invalid("keys", "must be an array of strings.");
  if (names.length > limits.pageItems) {
    throw invalid("keys", `has ${names.length} keys, and the limit is ${limits.pageItems}.`, {
      limit: limits.pageItems,
      size: names.length,
    });
  }
  const keys = Array.from(names as unknown[], (name, index) => key(name, `keys[${index}]`));
  const query = { kind: "kv.getMany", namespace: namespace(ns, "namespace"), keys } as const;
  return asked(
    query,
    (rows) => rows.map((row) => row && decode(row.value)),
    (values) => values.length,
  );
}

export function askKeys(around: Scope, ns: unknown, options: Options): Asked<Page<string>> {
  return askList(around, ns, options, false, (row) => row.key);
}

export function askEntries(around: Scope, ns: unknown, options: Options): Asked<Page<KvEntry>> {
  const segments = namespace(ns, "namespace");
  return askList(around, segments, options, true, (row) => toKvEntry(segments, row));
}

export function askNamespaces(around: Scope, prefix: unknown, options: Options): Asked<Page<Namespace>> {
  const maxDepth = optional(options.maxDepth, "options.maxDepth", (value, path) => integer(value, path, 1));
  const of = {
    prefix: optional(prefix, "prefix", namespace) ?? [],
    suffix: optional(options.suffix, "options.suffix", namespace) ?? [],
    ...(maxDepth !== undefined && { maxDepth }),
  };
  const list = { kind: "kv.listNamespaces", within: around, of: [of], shape: "strings" } as const;
  const { limit, after } = checkPaging<readonly string[]>(options, list);
  const query = { kind: "kv.listNamespaces" as const, ...of, limit, ...(after && { after }) };
  return toPage(list, query, (segments: readonly string[]) => [...segments]);
}

function askList<Item>(
  around: Scope,
  ns: unknown,
  options: Options,
  values: boolean,
  present: (row: KvRow) => Item,
): Asked<Page<Item>> {
  const of = {
    namespace: namespace(ns, "namespace"),
    prefix: optional(options.prefix, "options.prefix", keyPrefix) ?? "",
    order: order(options) ?? "asc",
    values,
  };
  const list = { kind: "kv.list", within: around, of: [of], shape: ["string"] } as const;
  const { limit, after } = checkPaging<readonly [string]>(options, list);
  const query: ListEntries = { kind: "kv.list", ...of, limit, ...(after && { after }) };
  return toPage(list, query, present);
}
