import { codec } from "../../core/codec.js";
import type { SqlValue } from "./driver.js";

/** How the rows of a table are examined one by one. */
export interface RowCheck {
  /** Gives rows behind a row id, some at a time. The first column is the row id. */
  readonly sql: string;
  name(row: readonly SqlValue[]): string;
  problem(row: readonly SqlValue[]): { readonly kind: string; readonly says: string } | undefined;
}

/** Each names the row by its third column, and has its codec, the body that it is for, and texts that must be JSON behind. */
export const rowChecks: readonly RowCheck[] = [
  bodies("thread", "SELECT sid, tid, thread_id, codec, title, metadata FROM threads", "sid"),
  bodies("message", "SELECT mid, tid, message_id, codec, content, parts, metadata FROM messages", "mid"),
  bodies("snapshot of user", "SELECT vid, tid, user_id, codec, data, axes FROM state_versions", "vid"),
  bodies("entry", "SELECT kid, tid, key, codec, value FROM kv", "kid"),
  bodies("log entry", "SELECT eid, lid, ordinal, codec, body FROM log_entries", "eid"),
  bodies("operation", "SELECT cid, tid, operation_id, 1, results, subjects FROM commits", "cid"),
];

function bodies(what: string, select: string, rowId: string): RowCheck {
  return {
    sql: `${select} WHERE ${rowId} > ? ORDER BY ${rowId} LIMIT ?`,
    name: ([, , id]) => `The ${what} ${JSON.stringify(id)}`,
    problem([, , , tag, body, ...texts]) {
      const known = tag === codec.json || tag === codec.bytes;
      if (!known) return { kind: "unknown-codec", says: `has codec ${String(tag)}, which this release does not know.` };
      const isWhole = isBody(tag, body ?? null) && texts.every((text) => isBody(codec.json, text));
      return isWhole ? undefined : { kind: "damaged-value", says: "cannot be read: the store is damaged." };
    },
  };
}

function isBody(tag: SqlValue | undefined, body: SqlValue): boolean {
  if (body === null) return true;
  if (tag === codec.bytes) return body instanceof Uint8Array;
  if (typeof body !== "string") return false;
  try {
    JSON.parse(body);
    return true;
  } catch {
    return false;
  }
}
