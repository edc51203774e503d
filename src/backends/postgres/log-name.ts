import { subjectHash } from "../../core/subject-hash.js";

/** What a log is known by in its blocks, and what its folder in the cold tier is called. */
export function logName(hashKey: Uint8Array, tid: string, threadId: string): string {
  return subjectHash(hashKey, "log", tid, threadId);
}
