import { deepStrictEqual, equal, rejects } from "node:assert/strict";
import type { ErasedRows, Holdfast } from "holdfast";
import { pack } from "../../dist/core/log-block.js";
import { collect } from "../support/collect.js";
import { archivedEntries, entries, eventOf, filledAt, keys, messages, snapshots } from "./programs/erasable.mjs";
import type { Subject } from "./programs/erasable.mjs";

/** Bytes that are in a store only because of this subject: those of its texts, and some of its compressed block. */
export function needlesOf(subject: Subject): readonly (string | Uint8Array)[] {
  const block = Array.from({ length: archivedEntries }, (_, index) => {
    const event = JSON.stringify(eventOf(subject, index + 1));
    return [index + 1, filledAt, event] as const;
  });
  const { body } = pack(block, 1, archivedEntries);
  const middle = Math.floor(body.byteLength / 2);
  return [subject.canary, body.subarray(middle, middle + 32)];
}

/** What the receipt of an erasure says is gone, whenever it was interrupted. */
export function expectedRemoval({ kind }: Subject): ErasedRows {
  const thread = {
    threads: 1,
    messages,
    stateSnapshots: 0,
    kvEntries: 0,
    logs: 1,
    logEntries: entries,
    operations: 1,
    leases: 0,
  };
  if (kind === "thread") return thread;
  return {
    ...thread,
    stateSnapshots: snapshots,
    kvEntries: keys,
    logs: 2,
    logEntries: 2 * entries,
    operations: 2,
    leases: 1,
  };
}

/** Checks that all of a subject is there. */
export async function checkWhole(db: Holdfast, subject: Subject): Promise<void> {
  const { tenantId, userId, threadId, kind } = subject;
  const records = await collect(db.tenant(tenantId).exportUser(userId));
  const counts: Record<string, number> = {};
  for (const { type } of records) counts[type] = (counts[type] ?? 0) + 1;
  const rest = kind === "thread" ? {} : { snapshot: snapshots, entry: keys, log: 2, logEntry: 2 * entries };
  deepStrictEqual(counts, { thread: 1, message: messages, log: 1, logEntry: entries, ...rest });
  const { head, watermark } = await db.tenant(tenantId).log.head(threadId);
  equal(head, entries);
  equal(watermark, archivedEntries);
}

/** Checks that nothing of a subject is there, and that what must not come back does not. */
export async function checkErased(db: Holdfast, subject: Subject): Promise<void> {
  const { tenantId, userId, threadId, kind } = subject;
  const tenant = db.tenant(tenantId);
  deepStrictEqual(await collect(tenant.exportUser(userId)), []);
  if (kind === "tenant") {
    deepStrictEqual(await collect(tenant.export()), []);
    equal((await collect(db.listTenants())).includes(tenantId), false);
    return;
  }
  deepStrictEqual(await tenant.log.head(threadId), { head: entries, watermark: archivedEntries });
  const late = [
    () => tenant.messages.createThread({ id: threadId, userId }),
    () => tenant.messages.createMessage({ threadId, role: "user", content: "late" }),
    () => tenant.log.append(threadId, [{ kind: "late" }]),
  ];
  for (const write of late) await rejects(write(), { code: "NOT_FOUND" });
}
