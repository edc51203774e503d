import { codec } from "../../core/codec.js";
import { arrayText } from "./arrays.js";
import type { Examination } from "./doctor.js";
import { onlyNumber } from "./only-number.js";
import { statement } from "./transaction.js";

const tables = ["threads", "messages", "state_versions", "kv", "logs", "log_entries", "operations", "commits"] as const;

/** Rows that no call can reach: what they belong to is not there. */
const orphans = [
  { kind: "orphaned-message", table: "messages", owner: "threads" },
  { kind: "orphaned-log-entry", table: "log_entries", owner: "logs" },
  { kind: "orphaned-block", table: "log_blocks", owner: "logs" },
] as const;

/** Rows with a body say how it is to be read. */
const encoded = [
  ["threads", "thread_id"],
  ["messages", "message_id"],
  ["state_versions", "user_id"],
  ["kv", "key"],
] as const;

export async function examineRows(examination: Examination): Promise<void> {
  const { tx, tid, count } = examination;
  const counts = await tx.run(
    tables.map((table) => statement(`SELECT count(*) FROM @${table} WHERE tenant_id = $1`, tid)),
  );
  for (const result of counts) count(onlyNumber(result));
  for (const orphan of orphans) await examineOrphans(examination, orphan);
  for (const [table, id] of encoded) await examineCodecs(examination, table, id);
  await examineCounters(examination);
}

async function examineOrphans(
  { tx, tid, report }: Examination,
  { kind, table, owner }: (typeof orphans)[number],
): Promise<void> {
  const without = `FROM @${table} AS x WHERE x.tenant_id = $1 AND NOT EXISTS (
SELECT 1 FROM @${owner} AS o WHERE o.tenant_id = $1 AND o.thread_id = x.thread_id)`;
  const [found] = await tx.run([statement(`SELECT count(*) ${without}`, tid)]);
  const rows = onlyNumber(found);
  if (rows === 0) return;
  const message = `${rows} rows in ${table} belong to nothing that is there: no call can reach them. Mending removes them.`;
  report(kind, message, [statement(`DELETE ${without}`, tid)]);
}

async function examineCodecs({ tx, tid, report }: Examination, table: string, id: string): Promise<void> {
  const sql = `SELECT ${id}, codec FROM @${table} WHERE tenant_id = $1 AND codec <> ALL ($2::smallint[]) LIMIT 100`;
  const [found] = await tx.run([statement(sql, tid, arrayText(Object.values(codec)))]);
  for (const [name, tag] of found?.rows ?? []) {
    report(
      "damaged-codec",
      `The row of ${JSON.stringify(name)} in ${table} has codec ${String(tag)}, which this release does not know. Use the release that wrote it, or restore a backup.`,
    );
  }
}

/** What a tenant has given out must never be given again: revisions, tokens, and places in the order of writing. */
async function examineCounters({ tx, tid, tenantId, report }: Examination): Promise<void> {
  const [counted, given, erased] = await tx.run([
    statement(counters, tid),
    statement(highest, tid),
    statement(anyErased, tid),
  ]);
  const [revision = -1, sequence = -1] = (counted?.rows[0] ?? []) as readonly number[];
  const [lastRevision = 0, lastSequence = 0] = (given?.rows[0] ?? []) as readonly number[];
  if (lastRevision <= revision && lastSequence <= sequence) return;
  const message = `Tenant ${JSON.stringify(tenantId)} has given out revision ${lastRevision} and place ${lastSequence}, and counts from ${revision} and ${sequence}. Mending makes it count on from there.`;
  report("revision-behind", message, [statement(countOn, tid, lastRevision, lastSequence, erased?.rows.length === 1)]);
}

const counters = "SELECT revision, sequence FROM @counters WHERE tenant_id = $1";

const highestOf = (column: string, table: string): string =>
  `(SELECT max(${column}) FROM @${table} WHERE tenant_id = $1)`;

const revisions = ["threads", "messages", "state_versions", "kv"].map((table) => highestOf("revision", table));
const sequences = ["threads", "messages", "commits"].map((table) => highestOf("seq", table));

const highest = `SELECT greatest(0, ${revisions.join(", ")}, ${highestOf("token", "leases")}), greatest(0, ${sequences.join(", ")})`;

const anyErased = "SELECT 1 FROM @tombstones WHERE tenant_id = $1 LIMIT 1";

const countOn = `INSERT INTO @counters AS c (tenant_id, revision, sequence, has_erased, is_closed)
VALUES ($1, $2, $3, $4, false)
ON CONFLICT (tenant_id) DO UPDATE SET revision = greatest(c.revision, excluded.revision),
sequence = greatest(c.sequence, excluded.sequence)`;
