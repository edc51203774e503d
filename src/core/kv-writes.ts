import type { KvMetadata } from "../contract/index.js";
import { identifier, integer, key, namespace, optional } from "./arguments.js";
import { encode, sizeOf } from "./codec.js";
import { deletion, expecting, withoutAbsent } from "./messages-writes.js";
import type { EntryResult, PutEntry } from "./operations.js";
import { checkOwnUser } from "./own-user.js";
import type { Options, Prepared, Surroundings } from "./prepared.js";
import { toKvMetadata } from "./present.js";

/** The writes of `KvStore`, from the caller's arguments to operations. Each throws where an argument is wrong. */

export const putOptions = ["ttlMs", "userId", "expectedRevision"] as const;

/** The longest lifetime: with it, any `expiresAt` is still a safe integer. */
export const longestTtlMs: number = 8_640_000_000_000_000 / 2;

export function preparePut(
  around: Surroundings,
  ns: unknown,
  name: unknown,
  value: unknown,
  options: Options,
): Prepared<KvMetadata> {
  const operation: PutEntry = withoutAbsent({
    kind: "kv.put" as const,
    namespace: namespace(ns, "namespace"),
    key: key(name, "key"),
    value: encode(value, "value", around.maxValueBytes),
    ttlMs: optional(options.ttlMs, "options.ttlMs", (given, path) => integer(given, path, 1, longestTtlMs)),
    userId: checkOwnUser(around, optional(options.userId, "options.userId", identifier), "options.userId"),
    ...expecting(options),
  });
  return put(operation, operation);
}

/** The put that ends an `update`: on what was read, leaving lifetime and owner. Repeats are compared by the address only. */
export function preparePutUpdated(
  around: Surroundings,
  address: { readonly namespace: readonly string[]; readonly key: string },
  value: unknown,
  expectedRevision: number,
): Prepared<KvMetadata> {
  const encoded = encode(value, "value", around.maxValueBytes);
  return put(
    { kind: "kv.put", ...address, value: encoded, keepExpiry: true, expectedRevision },
    { kind: "kv.update", ...address },
  );
}

export function prepareDeleteEntry(ns: unknown, name: unknown, options: Options): Prepared<boolean> {
  const address = { namespace: namespace(ns, "namespace"), key: key(name, "key") };
  return deletion({ kind: "kv.delete", ...address, ...expecting(options) });
}

function put(operation: PutEntry, compared: unknown): Prepared<KvMetadata> {
  return {
    operation,
    compared,
    bytes: sizeOf(operation.value),
    present: (result: EntryResult) => toKvMetadata(result),
  };
}
