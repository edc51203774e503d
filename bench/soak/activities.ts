import type { Holdfast } from "holdfast";
import { payloads } from "../payload.js";
import { eraseEveryMs } from "./plan.js";
import type { Population } from "./population.js";

/** Something that is done again and again, at a steady rate. */
export interface Activity {
  readonly everyMs: number;
  run(): Promise<unknown>;
}

/** Lifetimes so short that within minutes as much is removed as comes in. */
export const lifetimes = {
  history: { maxVersions: 5 },
  retention: { idleThreadsMs: 20_000, hotLogsMs: 10_000 },
} as const;

const results = payloads(50, 1500);

/** What is done to a store, by name. Each ends by itself, and may be refused where what it is about was erased meanwhile. */
export function activitiesOn(db: Holdfast, people: Population): Readonly<Record<string, Activity>> {
  let operations = 0;
  return {
    turn: {
      everyMs: 50,
      async run() {
        const { user, turn } = people.next();
        const { tenantId, userId, threadId } = user;
        const result = results[turn % results.length]!;
        const operationId = turn % 4 === 0 ? `${process.pid} ${(operations += 1)}` : undefined;
        await db.tenant(tenantId).write(
          (w) => {
            if (turn === 1) w.messages.createThread({ id: threadId, userId, title: `Turn by turn` });
            w.messages.createMessage({ threadId, role: "user", content: `What about ${turn}?` });
            w.log.append(threadId, [{ kind: "user_message", content: `What about ${turn}?` }, result]);
            w.state.upsertLatest({ userId, source: "inferred", data: { turn, result } });
            w.messages.createMessage({ threadId, role: "assistant", content: result.note });
          },
          { operationId },
        );
      },
    },
    context: {
      everyMs: 25,
      run() {
        const { tenantId, userId, threadId } = people.any();
        return db.tenant(tenantId).read((r) => ({
          last: r.messages.listMessages(threadId, { order: "desc", limit: 20 }),
          state: r.state.getLatest(userId),
          facts: r.kv.entries(["facts", userId], { limit: 20 }),
        }));
      },
    },
    put: {
      everyMs: 50,
      run() {
        const { tenantId, userId } = people.any();
        const ttlMs = 1000 + Math.floor(Math.random() * 20_000);
        const key = `fact ${Math.floor(Math.random() * 200)}`;
        return db.tenant(tenantId).kv.put(["facts", userId], key, results[0], { ttlMs, userId });
      },
    },
    // Dropped in the middle of what there is.
    tailDropped: {
      everyMs: 1000,
      async run() {
        const { tenantId, threadId } = people.any();
        const { log } = db.tenant(tenantId);
        const { head } = await log.head(threadId);
        if (head === 0) return;
        for await (const { ordinal } of log.tail(threadId, { after: Math.max(0, head - 10) })) {
          if (ordinal >= head - 5) break;
        }
      },
    },
    // Aborted a second later, while it waits for more.
    tailAborted: {
      everyMs: 1000,
      async run() {
        const { tenantId, threadId } = people.any();
        const { log } = db.tenant(tenantId);
        await count(log.tail(threadId, { signal: AbortSignal.timeout(1000) }));
      },
    },
    lease: {
      everyMs: 500,
      async run() {
        const { tenantId, threadId, userId } = people.any();
        const tenant = db.tenant(tenantId);
        await using fence = await tenant.lease(threadId, { ttlMs: 5000 });
        await tenant.kv.put(["runs"], userId, { at: Date.now() }, { fence, userId });
      },
    },
    archive: {
      everyMs: 2000,
      async run() {
        const { tenantId, threadId } = people.any();
        const { log } = db.tenant(tenantId);
        const { head } = await log.head(threadId);
        await log.archiveBefore(threadId, Math.max(0, head - 5));
      },
    },
    fork: {
      everyMs: 5000,
      async run() {
        const { tenantId, threadId } = people.any();
        const { log } = db.tenant(tenantId);
        const { head } = await log.head(threadId);
        if (head > 0) await log.fork(threadId, head, `${threadId} fork ${(operations += 1)} of ${process.pid}`);
      },
    },
    export: {
      everyMs: 10_000,
      run() {
        const { tenantId, userId } = people.any();
        return count(db.tenant(tenantId).exportUser(userId));
      },
    },
    sweep: { everyMs: 5000, run: () => db.sweep({ budgetMs: 1000 }) },
    erase: {
      everyMs: eraseEveryMs,
      run() {
        const { tenantId, userId } = people.replaceOldest();
        return db.tenant(tenantId).eraseUser(userId, { reason: "soak" });
      },
    },
  };
}

/** Reads to the end, and keeps nothing. */
async function count(items: AsyncIterable<unknown>): Promise<number> {
  const iterator = items[Symbol.asyncIterator]();
  for (let count = 0; ; count++) if ((await iterator.next()).done === true) return count;
}
