import type { Recorder, Tenant } from "../../contract/index.js";
import { seed } from "../fixture.js";
import { refusesEach } from "../refused.js";
import type { Refusal } from "../refused.js";
import type { Rule } from "../rule.js";

const notRecords: readonly unknown[] = [undefined, null, 5, "text", [], true];
const notTimes: readonly unknown[] = [1.5, Number.NaN, Number.POSITIVE_INFINITY, "2026-01-01", new Date(0), null, 9e15];

/** A rule that seeds its tenant, and sees each call refused. */
function refuses(id: string, says: string, refusals: readonly Refusal[]): Rule {
  return {
    id: `input/${id}`,
    says,
    async run({ tenant }) {
      await seed(tenant);
      await refusesEach(tenant, refusals);
    },
  };
}

const createThread = (thread: unknown) => (t: Tenant) => t.messages.createThread(thread as never);

export const badThread: Rule = refuses(
  "create-thread",
  "createThread refuses unknown fields and fields of a wrong type.",
  [
    ...notRecords.map((thread) => ["thread", createThread(thread)] as const),
    ["thread.userId", createThread({})],
    ["thread.userId", createThread({ userId: null })],
    ["thread.id", createThread({ userId: "user-1", id: null })],
    ["thread.tittle", createThread({ userId: "user-1", tittle: "x" })],
    ["thread.tenantId", createThread({ userId: "user-1", tenantId: "t" })],
    ["thread.revision", createThread({ userId: "user-1", revision: 1 })],
    ['thread["odd name"]', createThread({ userId: "user-1", "odd name": 1 })],
    ...notTimes.map((createdAt) => ["thread.createdAt", createThread({ userId: "user-1", createdAt })] as const),
  ],
);

const createMessage = (message: unknown) => (t: Tenant) => t.messages.createMessage(message as never);
const message = { threadId: "thread-1", role: "user" };

export const badMessage: Rule = refuses(
  "create-message",
  "createMessage refuses unknown fields, roles and parent types, and fields of a wrong type.",
  [
    ...notRecords.map((each) => ["message", createMessage(each)] as const),
    ["message.threadId", createMessage({ role: "user" })],
    ["message.role", createMessage({ threadId: "thread-1" })],
    ...["User", "function", "", null, 5].map((role) => ["message.role", createMessage({ ...message, role })] as const),
    ["message.text", createMessage({ ...message, text: "x" })],
    ["message.deletedAt", createMessage({ ...message, deletedAt: 1 })],
    ...notTimes.map((createdAt) => ["message.createdAt", createMessage({ ...message, createdAt })] as const),
    ["message.parentType", createMessage({ ...message, parentId: "message-1", parentType: "message" })],
    ["message.parentType", createMessage({ ...message, parentType: null })],
    ["message.parentId", createMessage({ ...message, parentType: "step" })],
    ["message.parentId", createMessage({ ...message, parentType: "user_message" })],
    ["options.ifExists", (t) => t.messages.createMessage(message as never, { ifExists: "ignore" as never })],
  ],
);

export const badPatches: Rule = refuses(
  "patches",
  "A patch with unknown or immutable fields, or that is none, is refused.",
  [
    ...notRecords.map(
      (patch) => ["patch", (t: Tenant) => t.messages.updateThread("thread-1", patch as never)] as const,
    ),
    ...notRecords.map(
      (patch) => ["patch", (t: Tenant) => t.messages.updateMessage("message-1", patch as never)] as const,
    ),
    ["patch.userId", (t) => t.messages.updateThread("thread-1", { userId: "u2" } as never)],
    ["patch.createdAt", (t) => t.messages.updateThread("thread-1", { createdAt: 1 } as never)],
    ["patch.tittle", (t) => t.messages.updateThread("thread-1", { tittle: 1 } as never)],
    ["patch.metadata", (t) => t.messages.updateThread("thread-1", { metadata: [] })],
    ["patch.threadId", (t) => t.messages.updateMessage("message-1", { threadId: "thread-2" } as never)],
    ["patch.parts", (t) => t.messages.updateMessage("message-1", { parts: "x" } as never)],
    ["patch.metadata", (t) => t.messages.updateMessage("message-1", { metadata: "x" as never })],
    ["patch.tittle", (t) => t.messages.updateThread("thread-1", () => ({ tittle: 1 }) as never)],
    ["patch.role", (t) => t.messages.updateMessage("message-1", () => ({ role: "tool" }) as never)],
  ],
);

export const asyncFunctions: Rule = refuses("functions", "An update by an asynchronous function is refused.", [
  ["update", (t) => t.messages.updateThread("thread-1", (async () => ({ title: "x" })) as never)],
  ["update", (t) => t.messages.updateMessage("message-1", (async () => ({ content: "x" })) as never)],
  ["update", (t) => t.state.upsertLatest("user-1", (async () => ({ source: "mixed" })) as never)],
  ["update", (t) => t.kv.update(["prefs", "user-1"], "tone", async () => "x")],
  ["update", (t) => t.kv.update(["prefs", "user-1"], "tone", "x" as never)],
  ["update", (t) => t.kv.update(["prefs", "user-1"], "tone", undefined as never)],
  ["userId", (t) => t.state.upsertLatest("", () => ({ source: "mixed" }))],
  ["snapshot.source", (t) => t.state.upsertLatest("user-1", () => ({ source: "guess" }) as never)],
]);

const upsert = (snapshot: unknown) => (t: Tenant) => t.state.upsertLatest(snapshot as never);
const snapshot = { userId: "user-1", source: "mixed" };

export const badSnapshot: Rule = refuses(
  "snapshot",
  "upsertLatest refuses a snapshot without a source, with numbers outside of 0 to 1, odd axis names or unknown fields.",
  [
    ...notRecords.filter((each) => each !== "text").map((each) => ["snapshot", upsert(each)] as const),
    ["snapshot.userId", upsert({ source: "mixed" })],
    ["snapshot.source", upsert({ userId: "user-1" })],
    ...["guess", "", null, 5].map((source) => ["snapshot.source", upsert({ userId: "user-1", source })] as const),
    ...[-0.1, 1.1, 1.00000001, Number.NaN, Number.POSITIVE_INFINITY, "1", null].map((confidence) => {
      return ["snapshot.confidence", upsert({ ...snapshot, confidence })] as const;
    }),
    ...[[], "x", 5, null].map((axes) => ["snapshot.axes", upsert({ ...snapshot, axes })] as const),
    ...[-0.1, 1.1, Number.NaN, "1", null].map(
      (warmth) => ["snapshot.axes.warmth", upsert({ ...snapshot, axes: { warmth } })] as const,
    ),
    ...["Warmth", "_warmth", "warmth_", "wärme", "x".repeat(65)].map((name) => {
      const path = /^[A-Za-z_]\w*$/.test(name) ? `snapshot.axes.${name}` : `snapshot.axes["${name}"]`;
      return [path, upsert({ ...snapshot, axes: { [name]: 0.5 } })] as const;
    }),
    ['snapshot.axes[""]', upsert({ ...snapshot, axes: { "": 0.5 } })],
    ['snapshot.axes["a b"]', upsert({ ...snapshot, axes: { "a b": 0.5 } })],
    ['snapshot.axes["a.b"]', upsert({ ...snapshot, axes: { "a.b": 0.5 } })],
    ...notTimes.map((updatedAt) => ["snapshot.updatedAt", upsert({ ...snapshot, updatedAt })] as const),
    ["snapshot.mood", upsert({ ...snapshot, mood: 1 })],
    ["snapshot.userId", upsert({ userId: "", source: "guess", confidence: 7, axes: { A: 9 } })],
    ["snapshot.source", upsert({ userId: "user-1", source: "guess", confidence: 7, axes: { A: 9 } })],
    ["snapshot.confidence", upsert({ ...snapshot, confidence: 7, axes: { A: 9 }, updatedAt: "x" })],
    ["snapshot.axes.A", upsert({ ...snapshot, axes: { A: 9 }, data: new Date(0), updatedAt: "x" })],
    ["options.ifNewer", (t) => t.state.upsertLatest(snapshot as never, { ifNewer: "yes" as never })],
  ],
);

const put = (options: unknown) => (t: Tenant) => t.kv.put(["prefs", "user-1"], "tone", "x", options as never);

export const badLifetimes: Rule = {
  ...refuses(
    "lifetimes",
    "ttlMs is an integer from 1: 0, fractions, negatives, NaN, infinity and what no clock can reach are refused.",
    [
      ...[0, 0.4, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e300, Number.MAX_SAFE_INTEGER, "5", null, 5n].map(
        (ttlMs) => {
          return ["options.ttlMs", put({ ttlMs })] as const;
        },
      ),
      ["options.tllMs", put({ tllMs: 5 })],
    ],
  ),
  sources: ["C10"],
};

const notLifetimes = [undefined, 0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER, "5", null];

export const badLeases: Rule = refuses("leases", "The ttlMs of a lease is an integer from 1, and must be given.", [
  ...notLifetimes.map((ttlMs) => ["options.ttlMs", (t: Tenant) => t.lease("l", { ttlMs } as never)] as const),
  ["options.ttlMs", (t) => t.lease("l", {} as never)],
  ["options.ttlMs", (t) => t.lease("l", undefined as never)],
  ...notLifetimes.slice(1).map((ttlMs, index) => {
    const renew = async (t: Tenant) => (await t.lease(`l-${index}`, { ttlMs: 1_000 })).renew({ ttlMs } as never);
    return ["options.ttlMs", renew] as const;
  }),
]);

const notTexts: readonly unknown[] = [5, null, {}, "\ud800"];

export const badErasures: Rule = refuses(
  "erasures",
  "The reason of an erasure is a text of up to 1,024 bytes; an erasure takes no operationId.",
  [
    ...notTexts.map((reason) => ["options.reason", (t: Tenant) => t.eraseUser("user-1", { reason } as never)] as const),
    ["options.reason", (t) => t.eraseUser("user-1", { reason: "x".repeat(1_025) })],
    ["options.reason", (t) => t.eraseThread("thread-1", { reason: "é".repeat(513) })],
    ["options.dryRun", (t) => t.eraseUser("user-1", { dryRun: true } as never)],
  ],
);

const notRevisions: readonly unknown[] = [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, "1", null];

export const badRevisions: Rule = refuses("revisions", "expectedRevision and expectedHead are integers from 0.", [
  ...notRevisions.flatMap((expectedRevision): Refusal[] => {
    const options = { expectedRevision } as never;
    const path = "options.expectedRevision";
    return [
      [path, put({ expectedRevision })],
      [path, (t) => t.kv.delete(["prefs", "user-1"], "tone", options)],
      [path, (t) => t.messages.updateThread("thread-1", {}, options)],
      [path, (t) => t.messages.deleteThread("thread-1", options)],
      [path, (t) => t.messages.restoreThread("thread-2", options)],
      [path, (t) => t.messages.updateMessage("message-1", {}, options)],
      [path, (t) => t.messages.deleteMessage("message-1", options)],
      [path, (t) => t.messages.restoreMessage("message-3", options)],
      [path, (t) => t.state.upsertLatest(snapshot as never, options)],
      [path, (t) => t.state.delete("user-1", options)],
    ];
  }),
  ...notRevisions.map(
    (expectedHead) =>
      ["options.expectedHead", (t: Tenant) => t.log.append("thread-1", [], { expectedHead } as never)] as const,
  ),
]);

export const inBatches: Rule = {
  id: "input/in-batches",
  says: "Bad input is refused in write as in the single call, and nothing of the write is stored; what is recorded takes no call options of its own.",
  async run({ tenant }) {
    await seed(tenant);
    await refusesEach(tenant, [
      [
        "namespace",
        (t) => t.write((w) => [w.kv.put(["p"], "k", 1), w.kv.put("p" as never, "k", 1), w.kv.put(["p"], "", 1)]),
      ],
      ["thread.userId", (t) => t.write((w) => w.messages.createThread({} as never))],
      ["options.tllMs", (t) => t.write((w) => w.kv.put(["p"], "k", 1, { tllMs: 5 } as never))],
      ["options.operationId", (t) => t.write((w) => w.kv.put(["p"], "k", 1, { operationId: "op" } as never))],
      ["options.operationId", (t) => t.write((w) => createWith(w.messages, { operationId: "op" }))],
    ]);
  },
};

/** What the types do not allow, and plain JavaScript does. */
function createWith(messages: Recorder["messages"], options: object): unknown {
  return (messages.createThread as (...args: unknown[]) => unknown)({ userId: "user-1" }, options);
}
