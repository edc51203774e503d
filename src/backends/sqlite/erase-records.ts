import type { ErasedStep, Erasing } from "./erasure.js";
import { readSubjects } from "./subjects.js";
import type { Subject } from "./subjects.js";

export const eraseRecordStatements = {
  next: "SELECT cid, committed_at, user_id, subjects FROM commits WHERE tid = ? AND (committed_at, cid) > (?, ?) ORDER BY committed_at, cid LIMIT ?",
  delete: "DELETE FROM commits WHERE cid = ?",
} as const;

/** What an erasure is about. */
export interface Erased {
  hasUser(userId: string): boolean;
  hasThread(threadId: string): boolean;
  hasEntry(address: readonly string[]): boolean;
}

type RecordColumns = readonly [cid: number, committedAt: number, userId: string | null, subjects: string | null];

const recordsPerStep = 1000;
const start = [Number.MIN_SAFE_INTEGER, 0] as const;

/**
 * Reads on through the records of the tenant's commits, and removes those that touched what is erased. They are read, not
 * looked up: an index of whom each commit touched would cost every commit more than an erasure costs now and then.
 */
export function eraseRecords({ db, tid, position, bounds }: Erasing, erased: Erased): ErasedStep {
  const after = position === null ? start : (JSON.parse(position) as [number, number]);
  const records = db.all<RecordColumns>(eraseRecordStatements.next, tid, ...after, recordsPerStep);
  const touched = records.filter(([cid, , userId, subjects]) => {
    if (cid > bounds.cid) return false;
    // One from before subjects were kept may have touched anything.
    if (subjects === null) return true;
    return (userId !== null && erased.hasUser(userId)) || readSubjects(subjects).some((one) => isOf(erased, one));
  });
  for (const [cid] of touched) db.run(eraseRecordStatements.delete, cid);
  const last = records.at(-1);
  const isLast = last === undefined || records.length < recordsPerStep;
  return {
    removed: { operations: touched.length },
    isLast,
    position: last === undefined ? null : JSON.stringify([last[1], last[0]]),
  };
}

function isOf(erased: Erased, subject: Subject): boolean {
  switch (subject.kind) {
    case "user":
      return erased.hasUser(subject.id);
    case "thread":
      return erased.hasThread(subject.id);
    case "entry":
      return erased.hasEntry(subject.address);
  }
}
