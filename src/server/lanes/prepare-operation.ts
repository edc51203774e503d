import { HoldfastError } from "../../contract/index.js";
import { describe, identifier, integer, invalid } from "../../core/arguments.js";
import { codec } from "../../core/codec.js";
import { prepareDeleteEntry, preparePut, preparePutUpdated } from "../../core/kv-writes.js";
import { prepareAcquire, prepareRelease, prepareRenew } from "../../core/leases.js";
import { prepareAppend, prepareFork } from "../../core/log-writes.js";
import {
  prepareCreateMessage,
  prepareCreateThread,
  prepareDeleteMessage,
  prepareDeleteThread,
  prepareGetOrCreateThread,
  prepareRestoreMessage,
  prepareRestoreThread,
  prepareUpdateMessage,
  prepareUpdateThread,
} from "../../core/messages-writes.js";
import type { Operation } from "../../core/operations.js";
import type { Options, Prepared, Surroundings } from "../../core/prepared.js";
import { prepareDeleteState, prepareUpsertLatest } from "../../core/state-writes.js";
import { prepareImported } from "./prepare-import.js";

/** Checks an operation that a client has prepared, as if the contract's method had been called here. */
export function prepareOperation(around: Surroundings, value: unknown): Prepared<unknown> {
  if (typeof value !== "object" || value === null)
    throw invalid("operation", `must be an object; got ${describe(value)}.`);
  const operation = value as Options;
  const prepare = preparers[operation["kind"] as Operation["kind"]];
  if (!Object.hasOwn(preparers, String(operation["kind"])) || prepare === undefined) {
    throw invalid("operation.kind", `is not known here; got ${describe(operation["kind"])}.`);
  }
  // What the client has made counts as made here: it is not the caller's, and is not compared.
  const made = { ...around, makeId: () => identifier(operation["id"], "operation.id") };
  return prepare(operation["id"] === undefined ? around : made, operation);
}

type Prepare = (around: Surroundings, operation: Options) => Prepared<unknown>;

const preparers: { readonly [K in Operation["kind"]]: Prepare } = {
  "messages.createThread": (around, { id, userId, title, metadata, createdAt }) =>
    prepareCreateThread(around, { id, userId, title: valueOf(title), metadata: jsonOf(metadata), createdAt }),
  "messages.updateThread": (around, { id, title, metadata, expectedRevision }) =>
    prepareUpdateThread(around, id, { title: valueOf(title), metadata: jsonOf(metadata) }, { expectedRevision }),
  "messages.deleteThread": (_, { id, expectedRevision }) => prepareDeleteThread(id, { expectedRevision }),
  "messages.restoreThread": (_, { id, expectedRevision }) => prepareRestoreThread(id, { expectedRevision }),
  "messages.getOrCreateThread": (around, { userId }) => prepareGetOrCreateThread(around, userId),
  "messages.createMessage": (around, { kind: _, content, parts, metadata, ifExists, ...rest }) =>
    prepareCreateMessage(
      around,
      { ...rest, content: valueOf(content), parts: jsonOf(parts), metadata: jsonOf(metadata) },
      { ifExists },
    ),
  "messages.updateMessage": (around, { id, content, parts, authorId, metadata, expectedRevision }) => {
    const patch = { content: valueOf(content), parts: jsonOf(parts), authorId, metadata: jsonOf(metadata) };
    return prepareUpdateMessage(around, id, patch, { expectedRevision });
  },
  "messages.deleteMessage": (_, { id, expectedRevision }) => prepareDeleteMessage(id, { expectedRevision }),
  "messages.restoreMessage": (_, { id, expectedRevision }) => prepareRestoreMessage(id, { expectedRevision }),
  "state.upsertLatest": (around, { kind: _, axes, data, ifNewer, expectedRevision, ...rest }) =>
    prepareUpsertLatest(around, { ...rest, axes: jsonOf(axes), data: valueOf(data) }, { ifNewer, expectedRevision }),
  "state.delete": (_, { userId, expectedRevision }) => prepareDeleteState(userId, { expectedRevision }),
  "kv.put": prepareKvPut,
  "kv.delete": (_, { namespace, key, expectedRevision }) => prepareDeleteEntry(namespace, key, { expectedRevision }),
  "log.append": (around, { threadId, events, expectedHead, userId }) => {
    if (!Array.isArray(events)) throw invalid("operation.events", "must be an array.");
    return prepareAppend(around, threadId, events.map(jsonOf), { expectedHead, userId });
  },
  "log.fork": (_, { threadId, at, newThreadId }) => prepareFork(threadId, at, newThreadId),
  "lease.acquire": (_, { name, ttlMs }) => prepareAcquire(name, ttlMs),
  "lease.renew": (_, { name, token, ttlMs }) => prepareRenew(name, token, ttlMs),
  "lease.release": (_, { name, token }) => prepareRelease(name, token),
  "import.thread": prepareImported,
  "import.message": prepareImported,
  "import.snapshot": prepareImported,
  "import.entry": prepareImported,
  "import.log": prepareImported,
  "import.events": prepareImported,
};

function prepareKvPut(
  around: Surroundings,
  { namespace, key, value, ttlMs, userId, keepExpiry, expectedRevision }: Options,
): Prepared<unknown> {
  if (keepExpiry === undefined) {
    return preparePut(around, namespace, key, valueOf(value), { ttlMs, userId, expectedRevision });
  }
  // The put that ends an `update`. Its address is checked as that of any other.
  const { operation } = prepareDeleteEntry(namespace, key, {});
  const address = operation as { readonly namespace: readonly string[]; readonly key: string };
  const seen = integer(expectedRevision, "operation.expectedRevision", 0);
  return preparePutUpdated(around, { namespace: address.namespace, key: address.key }, valueOf(value), seen);
}

/** The value of a body; what is absent or cleared stays so. */
export function valueOf(body: unknown): unknown {
  if (body === undefined || body === null) return body;
  if (typeof body !== "object") throw invalid("operation", "must have its values as { codec, data }.");
  const { codec: tag, data } = body as { readonly codec?: unknown; readonly data?: unknown };
  if (tag === codec.json && typeof data === "string") return jsonOf(data);
  if (tag === codec.bytes && data instanceof Uint8Array) return data;
  throw new HoldfastError(
    "UNSUPPORTED",
    `A value has the codec ${describe(tag)}, which this server does not know. Use a server of the client's release, or a newer one.`,
  );
}

/** The value of a JSON text; what is absent or cleared stays so. */
function jsonOf(text: unknown): unknown {
  if (text === undefined || text === null) return text;
  if (typeof text !== "string") throw invalid("operation", `must have its JSON as text; got ${describe(text)}.`);
  try {
    return JSON.parse(text);
  } catch {
    throw invalid("operation", "must have its JSON as text; one of them is none.");
  }
}
