import fc from "fast-check";
import * as pool from "./pools.js";
import { epoch } from "./store-pair.js";

/** A call of a store's method, as data, so that a program prints as what it does. */
export interface Call {
  /** Absent for a method of the tenant itself. */
  readonly store?: "messages" | "state" | "kv" | "log";
  readonly method: string;
  readonly args: readonly unknown[];
  /** Where a revision or a head is `"last"`, it is the last one that the tenant was told. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Any object that has each of these fields or, unless it is required, has it not. */
function fields(model: Readonly<Record<string, fc.Arbitrary<unknown>>>, ...required: string[]): fc.Arbitrary<object> {
  return fc.record(model, { requiredKeys: required });
}

const none = fc.constant({});

/** What is left out three times in four. */
function seldom(model: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<object> {
  return fc.oneof({ weight: 3, arbitrary: none }, fields(model));
}

function call(
  store: Call["store"],
  method: string,
  args: fc.Arbitrary<readonly unknown[]>,
  options: fc.Arbitrary<object> = none,
): fc.Arbitrary<Call> {
  return fc.record({ args, options }).map(({ args, options }) => ({
    ...(store !== undefined && { store }),
    method,
    args,
    options: options as Call["options"],
  }));
}

const value = fc.oneof(
  fc.constantFrom<unknown>(null, "", "brief", 0, { b: [1], a: null }, []),
  fc.uint8Array({ maxLength: 3 }),
);
const metadata = fc.constantFrom({}, { a: 1 }, { b: { c: "\0" } });
const parts = fc.constantFrom([], [{ type: "text", text: "x" }], [{ type: "other", n: [1] }]);
// Times are few, and steps of the clock, so that they are often exactly equal, and lifetimes exactly over.
const instant = fc.constantFrom(-30, -5, 0, 5, 30).map((ms) => epoch + ms);
const ttlMs = fc.constantFrom(1, 5, 30);
const revision = fc.oneof(fc.constant("last"), fc.constant(0), fc.nat(20));
const expected = seldom({ expectedRevision: revision });
const role = fc.constantFrom("user", "assistant", "tool");
const flag = fc.boolean();
const order = fc.constantFrom("asc", "desc");

const threadFields = fields(
  { id: pool.thread, userId: pool.user, title: value, metadata, createdAt: instant },
  "id",
  "userId",
);
const messageFields = fields(
  {
    id: pool.message,
    threadId: pool.thread,
    role,
    content: value,
    parts,
    authorId: pool.user,
    executionId: pool.execution,
    metadata,
    createdAt: instant,
  },
  "threadId",
  "role",
);
const parent = fc.oneof(
  { weight: 6, arbitrary: none },
  { weight: 3, arbitrary: fc.record({ parentId: pool.message }) },
  fc.record({ parentId: pool.message, parentType: fc.constantFrom("user_message", "step", "execution", "system") }),
  fc.constant({ parentType: "system" }),
);
const messageInput = fc.tuple(messageFields, parent).map(([message, parent]) => ({ ...message, ...parent }));
const event = fc.constantFrom(
  { kind: "tool_call", id: "c", name: "n", input: null },
  { kind: "own", z: 1, a: { "": "\0" } },
);

/** Snapshots of a user, but for whose they are. */
export const snapshotFields: fc.Arbitrary<object> = fields(
  {
    source: fc.constantFrom("self_report", "inferred", "mixed"),
    confidence: fc.constantFrom(0, 0.1, 1),
    axes: fc.constantFrom({}, { b_1: 0.5, a: 1 }),
    data: value,
    updatedAt: instant,
  },
  "source",
);

/** The writes that can be recorded. */
export const write: fc.Arbitrary<Call> = fc.oneof(
  { weight: 2, arbitrary: call("messages", "createThread", fc.tuple(threadFields)) },
  call(
    "messages",
    "updateThread",
    fc.tuple(pool.thread, fields({ title: value, metadata: fc.option(metadata) })),
    expected,
  ),
  call("messages", "deleteThread", fc.tuple(pool.thread), expected),
  { weight: 3, arbitrary: call("messages", "restoreThread", fc.tuple(pool.thread), expected) },
  {
    weight: 6,
    arbitrary: call(
      "messages",
      "createMessage",
      fc.tuple(messageInput),
      fields({ ifExists: fc.constantFrom("fail", "return") }),
    ),
  },
  call(
    "messages",
    "updateMessage",
    fc.tuple(
      pool.message,
      fields({
        content: value,
        parts: fc.option(parts),
        authorId: fc.option(pool.user),
        metadata: fc.option(metadata),
      }),
    ),
    expected,
  ),
  { weight: 2, arbitrary: call("messages", "deleteMessage", fc.tuple(pool.message), expected) },
  call("messages", "restoreMessage", fc.tuple(pool.message), expected),
  {
    weight: 2,
    arbitrary: call(
      "state",
      "upsertLatest",
      fc.tuple(fc.tuple(pool.user, snapshotFields).map(([userId, snapshot]) => ({ userId, ...snapshot }))),
      fc.tuple(fields({ ifNewer: flag }), expected).map(([options, expected]) => ({ ...options, ...expected })),
    ),
  },
  call("state", "delete", fc.tuple(pool.user), expected),
  {
    weight: 4,
    arbitrary: call(
      "kv",
      "put",
      fc.tuple(pool.namespace, pool.key, value),
      fc
        .tuple(fields({ ttlMs, userId: pool.user }), expected)
        .map(([options, expected]) => ({ ...options, ...expected })),
    ),
  },
  call("kv", "delete", fc.tuple(pool.namespace, pool.key), expected),
  {
    weight: 2,
    arbitrary: call(
      "log",
      "append",
      fc.tuple(pool.thread, fc.array(event, { maxLength: 3 })),
      fc
        .tuple(fields({ userId: pool.user }), seldom({ expectedHead: fc.oneof(fc.constant("last"), fc.nat(6)) }))
        .map(([options, expected]) => ({ ...options, ...expected })),
    ),
  },
);

const deleted = fields({ includeDeleted: flag });
const page = { limit: fc.integer({ min: 0, max: 4 }) };
const slice = { ...page, offset: fc.nat(1), includeDeleted: flag, order };

/** The reads that give one answer. */
export const get: fc.Arbitrary<Call> = fc.oneof(
  call("messages", "getThread", fc.tuple(pool.thread), deleted),
  call("messages", "getMessage", fc.tuple(pool.message), deleted),
  call("messages", "countMessages", fc.tuple(pool.thread), deleted),
  call(
    "state",
    "getLatest",
    fc.tuple(pool.user),
    fields({ at: fc.oneof(instant, fc.record({ revision: fc.oneof(fc.constant("last"), fc.nat(20)) })) }),
  ),
  call("kv", "get", fc.tuple(pool.namespace, pool.key)),
  call("kv", "getEntry", fc.tuple(pool.namespace, pool.key)),
  call("kv", "getMany", fc.tuple(pool.namespace, fc.array(pool.key, { maxLength: 4 }))),
  call("log", "head", fc.tuple(pool.thread)),
  call(undefined, "getOperation", fc.tuple(pool.operation)),
);

/** The reads that give a page of a list. */
export const list: fc.Arbitrary<Call> = fc.oneof(
  call(
    "messages",
    "listThreads",
    fc.tuple(pool.user),
    fields({ ...slice, orderBy: fc.constantFrom("updatedAt", "createdAt") }),
  ),
  {
    weight: 2,
    arbitrary: call("messages", "listMessages", fc.tuple(pool.thread), fields({ ...slice, leafId: pool.message })),
  },
  call("messages", "getMessagesByExecution", fc.tuple(pool.execution), fields(slice)),
  call("state", "getHistory", fc.tuple(pool.user), fields(page)),
  call("kv", "list", fc.tuple(pool.namespace), fields({ ...page, prefix: pool.prefix, order })),
  call("kv", "entries", fc.tuple(pool.namespace), fields({ ...page, prefix: pool.prefix, order })),
  call(
    "kv",
    "listNamespaces",
    fc.tuple(fc.oneof(fc.constant([]), pool.namespace)),
    seldom({ ...page, suffix: pool.namespace, maxDepth: fc.integer({ min: 1, max: 3 }) }),
  ),
  call("log", "loadSince", fc.tuple(pool.thread, fc.nat(3)), fields(page)),
  call("log", "loadArchived", fc.tuple(pool.thread), fields({ ...page, after: fc.nat(3) })),
);
