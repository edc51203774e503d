import type { StoreUsage, Usage } from "../../contract/index.js";
import type { Connection } from "./connection.js";
import { findTenant } from "./tenants.js";

/** Each gives a number of rows and the bytes of their bodies. Entries and blocks go by their log. */
export const usageStatements: Readonly<
  Record<"threads" | "messages" | "state" | "kv" | "logs" | "entries" | "blocks", string>
> = {
  threads: `SELECT ${sums("title", "metadata")} FROM threads WHERE tid = ?`,
  messages: `SELECT ${sums("content", "parts", "metadata")} FROM messages WHERE tid = ?`,
  state: `SELECT ${sums("data", "axes")} FROM state_versions WHERE tid = ?`,
  kv: `SELECT ${sums("value")} FROM kv WHERE tid = ?`,
  logs: "SELECT lid, head, is_erased, thread_id FROM logs WHERE tid = ? AND thread_id > ? ORDER BY thread_id LIMIT 500",
  entries: `SELECT ${sums("body")} FROM log_entries WHERE lid = ?`,
  blocks: "SELECT coalesce(sum(coalesce(bytes, octet_length(body))), 0) FROM log_blocks WHERE lid = ?",
};

type LogColumns = readonly [lid: number, head: number, isErased: number, threadId: string];

export function measureUsage(db: Connection, tenantId: string): Usage {
  const [tid] = findTenant(db, tenantId);
  const threads = measured(db, usageStatements.threads, tid);
  const messages = measured(db, usageStatements.messages, tid);
  return {
    messages: { rows: threads.rows + messages.rows, bytes: threads.bytes + messages.bytes },
    state: measured(db, usageStatements.state, tid),
    kv: measured(db, usageStatements.kv, tid),
    log: measureLogs(db, tid),
  };
}

function measureLogs(db: Connection, tid: number): StoreUsage {
  let rows = 0;
  let bytes = 0;
  let after = "";
  for (;;) {
    const logs = db.all<LogColumns>(usageStatements.logs, tid, after);
    for (const [lid, head, isErased] of logs) {
      if (isErased === 1) continue;
      rows += head;
      bytes += measured(db, usageStatements.entries, lid).bytes;
      bytes += db.get<[number]>(usageStatements.blocks, lid)?.[0] ?? 0;
    }
    const last = logs.at(-1);
    if (last === undefined) return { rows, bytes };
    [, , , after] = last;
  }
}

function measured(db: Connection, sql: string, id: number): StoreUsage {
  const [rows, bytes] = db.get<[number, number]>(sql, id) ?? [0, 0];
  return { rows, bytes };
}

function sums(...bodies: readonly string[]): string {
  const bytes = bodies.map((body) => `coalesce(octet_length(${body}), 0)`).join(" + ");
  return `count(*), coalesce(sum(${bytes}), 0)`;
}
