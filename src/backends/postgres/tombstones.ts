import type { IdHash, Tables } from "../../tables/schema.js";
import { arrayText } from "./arrays.js";
import type { SqlRow, Statement } from "./driver.js";
import type { Needs } from "./needs.js";
import type { Load } from "./table-access.js";
import { statement } from "./transaction.js";

/** Loads what is left of what was erased under these ids. Only for tenants that ever erased something. */
export function loadTombstones(tid: string, hash: IdHash, needs: Needs): readonly Load[] {
  const threads = Array.from(needs.erasedThreads, (id) => hash("thread", id));
  const messages = Array.from(needs.erasedMessages, (id) => hash("message", id));
  if (threads.length + messages.length === 0) return [];
  return [{ statement: statement(byHash, tid, arrayText([...threads, ...messages])), fill }];
}

const byHash = "SELECT kind, hash, head, watermark FROM @tombstones WHERE tenant_id = $1 AND hash = ANY ($2::text[])";

/** Nobody undoes it. A log is known by the hash of its thread. */
function fill(tables: Tables, rows: readonly SqlRow[]): void {
  for (const [kind, hash, head, watermark] of rows as unknown as readonly TombstoneColumns[]) {
    if (kind === "thread") tables.erasedThreads.set(hash, true);
    if (kind === "message") tables.erasedMessages.set(hash, true);
    if (kind === "log") tables.erasedLogs.set(hash, { head: head ?? 0, watermark: watermark ?? 0 });
  }
}

type TombstoneColumns = readonly [kind: string, hash: string, head: number | null, watermark: number | null];

/** Users whose erasure is under way have one of this kind until it ends. */
export function findErasedUsers(tid: string): Statement {
  return statement("SELECT hash FROM @tombstones WHERE tenant_id = $1 AND kind = 'user'", tid);
}

/** The hashes of those of these threads that are erased. */
export function findErasedThreads(tid: string, hash: IdHash, threadIds: readonly string[]): Statement {
  const hashes = threadIds.map((id) => hash("thread", id));
  return statement(
    "SELECT hash FROM @tombstones WHERE tenant_id = $1 AND kind = 'thread' AND hash = ANY ($2::text[])",
    tid,
    arrayText(hashes),
  );
}
