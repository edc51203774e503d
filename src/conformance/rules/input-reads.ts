import { limits } from "../../contract/index.js";
import type { OpenOptions, Reader } from "../../contract/index.js";
import { calls, methodNames, readNames, writeNames } from "../calls.js";
import { firstOf, seed } from "../fixture.js";
import { refused, refusesEach } from "../refused.js";
import type { Refusal } from "../refused.js";
import type { Rule } from "../rule.js";

/** What is wrong about the options of any call: the path, and the options. */
const badOptions: readonly (readonly [path: string, options: unknown])[] = [
  ["options", 5],
  ["options", null],
  ["options", "text"],
  ["options", []],
  ["options.tllMs", { tllMs: 5 }],
  ["options.tenantId", { tenantId: "t" }],
  ["options.signal", { signal: {} }],
  ["options.signal", { signal: "abort" }],
  ["options.signal", { signal: null }],
  ["options.deadline", { deadline: "soon" }],
  ["options.deadline", { deadline: Number.NaN }],
  ["options.deadline", { deadline: new Date(0) }],
  ["options.deadline", { deadline: null }],
  ["options.actor", { actor: "" }],
  ["options.actor", { actor: 5 }],
  ["options.actor", { actor: "a\0" }],
  ["options.actor", { actor: "x".repeat(257) }],
  ["options.requestId", { requestId: "" }],
  ["options.requestId", { requestId: "\ud800" }],
];

const badWriteOptions: readonly (readonly [path: string, options: unknown])[] = [
  ["options.operationId", { operationId: "" }],
  ["options.operationId", { operationId: 5 }],
  ["options.operationId", { operationId: "x".repeat(257) }],
  ["options.onRepeat", { onRepeat: "last" }],
  ["options.onRepeat", { onRepeat: null }],
];

const badFences: readonly (readonly [path: string, options: unknown])[] = [
  ["options.fence", { fence: 5 }],
  ["options.fence", { fence: null }],
  ["options.fence", { fence: "lease" }],
  ["options.fence.name", { fence: { token: 1 } }],
  ["options.fence.name", { fence: { name: "", token: 1 } }],
  ["options.fence.token", { fence: { name: "lease" } }],
  ...[-1, 0.5, Number.NaN, "1", null].map((token) => ["options.fence.token", { fence: { name: "l", token } }] as const),
];

const notOfReads: typeof badWriteOptions = [
  ["options.operationId", { operationId: "op" }],
  ["options.fence", { fence: { name: "lease", token: 1 } }],
];

/** One rule for every method but `state.healthCheck`, which never rejects. */
export const optionsOfEachMethod: readonly Rule[] = methodNames
  .filter((name) => name !== "state.healthCheck")
  .map((name) => ({
    id: `input/options-of-${name.replace(".", "-")}`,
    says: `${name} refuses options that are none, that nobody knows, or of a wrong type, before anything is stored.`,
    async run({ tenant }) {
      await seed(tenant);
      const bad = [...badOptions, ...(writeNames.includes(name) ? badWriteOptions : notOfReads)];
      if (name !== "lease" && writeNames.includes(name)) bad.push(...badFences);
      if (name === "lease") bad.push(["options.fence", { fence: { name: "lease", token: 1 } }]);
      await refusesEach(
        tenant,
        bad.map(([path, options]): Refusal => [path, (t) => calls[name](t, options as object)]),
      );
    },
  }));

const flags: readonly unknown[] = ["yes", 1, 0, null];

export const badFlags: Rule = {
  id: "input/read-options",
  says: "The options of reads are checked: flags are booleans, orders and enums are known words, positions are integers.",
  async run({ tenant }) {
    await seed(tenant);
    await refusesEach(tenant, [
      ...flags.flatMap((includeDeleted): Refusal[] => {
        const options = { includeDeleted } as never;
        const path = "options.includeDeleted";
        return [
          [path, (t) => t.messages.getThread("thread-1", options)],
          [path, (t) => t.messages.listThreads("user-1", options)],
          [path, (t) => t.messages.getMessage("message-1", options)],
          [path, (t) => t.messages.listMessages("thread-1", options)],
          [path, (t) => t.messages.getMessagesByExecution("execution-1", options)],
          [path, (t) => t.messages.countMessages("thread-1", options)],
        ];
      }),
      ...["ASC", "newest", "", null, 1].flatMap((order): Refusal[] => {
        const options = { order } as never;
        const path = "options.order";
        return [
          [path, (t) => t.messages.listThreads("user-1", options)],
          [path, (t) => t.messages.listMessages("thread-1", options)],
          [path, (t) => t.messages.getMessagesByExecution("execution-1", options)],
          [path, (t) => t.kv.list(["p"], options)],
          [path, (t) => t.kv.entries(["p"], options)],
        ];
      }),
      ["options.orderBy", (t) => t.messages.listThreads("user-1", { orderBy: "title" as never })],
      ["options.orderBy", (t) => t.messages.listMessages("thread-1", { orderBy: "createdAt" } as never)],
      ["options.prefix", (t) => t.kv.list(["p"], { prefix: 5 as never })],
      ["options.prefix", (t) => t.kv.entries(["p"], { prefix: "\ud800" })],
      ["options.prefix", (t) => t.kv.list(["p"], { prefix: "a\0" })],
      ["options.suffix[0]", (t) => t.kv.listNamespaces([], { suffix: [5 as never] })],
      ...[0, -1, 1.5, Number.NaN, "1"].map((depth): Refusal => {
        return ["options.maxDepth", (t) => t.kv.listNamespaces([], { maxDepth: depth as number })];
      }),
      ["keys", (t) => t.kv.getMany(["p"], "k" as never)],
      ["keys", (t) => t.kv.getMany(["p"], undefined as never)],
      ["keys[0]", (t) => t.kv.getMany(["p"], Array(1) as never)],
    ]);
  },
};

const notOrdinals: readonly unknown[] = [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, "1", null];

export const badPositions: Rule = {
  id: "input/positions",
  says: "Cursors and watermarks of a log are integers from 0, limits of evictExpired too, fork is at one from 1, and getLatest at an instant or a revision.",
  async run({ tenant }) {
    await seed(tenant);
    await refusesEach(tenant, [
      ...[...notOrdinals, undefined].flatMap((position): Refusal[] => [
        ["cursor", (t) => t.log.loadSince("thread-1", position as number)],
        ["watermark", (t) => t.log.archiveBefore("thread-1", position as number)],
      ]),
      ...[0, ...notOrdinals, undefined].map((at): Refusal => {
        return ["at", (t) => t.log.fork("thread-1", at as number, "log-new")];
      }),
      ...notOrdinals.flatMap((after): Refusal[] => [
        ["options.after", (t) => t.log.loadArchived("thread-1", { after: after as number })],
        ["options.after", (t) => firstOf(t.log.tail("thread-1", { after: after as number }))],
        ["options.at.revision", (t) => t.state.getLatest("user-1", { at: { revision: after as number } })],
      ]),
      ...[-1, 0.5, Number.NaN, "1", null].map((limit): Refusal => {
        return ["options.limit", (t) => t.kv.evictExpired({ limit: limit as number })];
      }),
      ...[1.5, Number.NaN, "1", null, []].map((at): Refusal => {
        return ["options.at", (t) => t.state.getLatest("user-1", { at: at as number })];
      }),
      ["options.at.revision", (t) => t.state.getLatest("user-1", { at: {} as never })],
      ["options.at.time", (t) => t.state.getLatest("user-1", { at: { revision: 1, time: 2 } as never })],
    ]);
  },
};

export const inReads: Rule = {
  id: "input/in-reads",
  says: "What is asked inside read takes no call options of its own, and is refused at once as in the single call.",
  async run({ tenant }) {
    await seed(tenant);
    await refusesEach(tenant, [
      [
        "options.signal",
        (t) => t.read((r) => r.messages.getThread("thread-1", { signal: AbortSignal.abort() } as never)),
      ],
      ["options.signal", (t) => t.read((r) => getWith(r.kv, { signal: AbortSignal.abort() }))],
      ["options.limit", (t) => t.read((r) => r.kv.list(["p"], { limit: 1_001 }))],
      ["userId", (t) => t.read((r) => r.state.getLatest(""))],
      ["operationId", (t) => t.read((r) => r.getOperation(""))],
    ]);
  },
};

/** What the types do not allow, and plain JavaScript does. */
function getWith(kv: Reader["kv"], options: object): unknown {
  return (kv.get as (...args: unknown[]) => unknown)(["p"], "k", options);
}

export const rejectsRatherThanThrows: Rule = {
  id: "input/rejects-rather-than-throws",
  says: "A method that gives a promise rejects on bad input; it never throws.",
  async run({ tenant }) {
    for (const name of [...writeNames, ...readNames]) {
      let call: Promise<unknown> | undefined;
      try {
        call = calls[name](tenant, 5 as never);
      } catch (error) {
        throw new Error(`${name} throws`, { cause: error });
      }
      await refused(call, "INVALID_ARGUMENT", "options");
    }
  },
};

const badOpenOptions: readonly (readonly [path: string, options: unknown])[] = [
  ["options.maxValueBytes", { maxValueBytes: 0 }],
  ["options.maxValueBytes", { maxValueBytes: 1.5 }],
  ["options.maxValueBytes", { maxValueBytes: 8_388_609 }],
  ["options.maxValueBytes", { maxValueBytes: "1" }],
  ["options.history", { history: 5 }],
  ["options.history.maxVersions", { history: { maxVersions: 0 } }],
  ["options.history.maxVersions", { history: { maxVersions: 1.5 } }],
  ["options.history.maxAgeMs", { history: { maxAgeMs: -1 } }],
  ["options.history.maxCount", { history: { maxCount: 1 } }],
  ...[0, -1, 1.5, Number.NaN, "1", null].flatMap((ms) =>
    ["deletedThreadsMs", "idleThreadsMs", "hotLogsMs", "operationsMs"].map(
      (name) => [`options.retention.${name}`, { retention: { [name]: ms } }] as const,
    ),
  ),
  ["options.retention", { retention: 5 }],
  ["options.retention.operationsMs", { retention: { operationsMs: limits.operationRetentionMs - 1 } }],
  ["options.retention.threadsMs", { retention: { threadsMs: 1 } }],
  ["options.sweep", { sweep: true }],
  ["options.sweep", { sweep: 5 }],
  ["options.sweep.everyMs", { sweep: { everyMs: 999 } }],
  ["options.sweep.everyMs", { sweep: { everyMs: 1_000.5 } }],
  ["options.sweep.budgetMs", { sweep: { budgetMs: -1 } }],
  ["options.sweep.every", { sweep: { every: 1 } }],
  ["options.archive", { archive: 5 }],
  ["options.archive", { archive: "" }],
  ["options.archive", { archive: "dir:" }],
  ["options.archive", { archive: "bucket:x" }],
  ["options.erasures", { erasures: 5 }],
  ["options.erasures", { erasures: "" }],
  ["options.erasureKey", { erasureKey: 5 }],
  ["options.newId", { newId: "uuid" }],
  ["options.clock", { clock: 5 }],
  ["options.observe", { observe: {} }],
  ["options.driver", { driver: "sqlite3" }],
  ["options.clok", { clok: () => 0 }],
];

export const badOpening: Rule = {
  id: "input/open",
  says: "open refuses options that nobody knows, or of a wrong type or range.",
  async run({ open }) {
    for (const [path, options] of badOpenOptions) {
      await refused(open(options as OpenOptions, "refused"), "INVALID_ARGUMENT", path);
    }
  },
};
