import type { Connection } from "./connection.js";
import type { SqlRow } from "./driver.js";
import type { Examination } from "./doctor.js";
import { isWhole } from "./row-checksum.js";
import { rowChecks } from "./row-checks.js";
import type { RowCheck } from "./row-checks.js";
import { findTenant, storeTenant } from "./tenants.js";

const missingTenant = "NOT EXISTS (SELECT 1 FROM tenants AS t WHERE t.tid = x.tid)";

/** Rows that no call can reach: what they belong to is not there. */
const orphans: readonly { readonly kind: string; readonly table: string; readonly where: string }[] = [
  { kind: "orphaned-thread", table: "threads", where: missingTenant },
  {
    kind: "orphaned-message",
    table: "messages",
    where: "NOT EXISTS (SELECT 1 FROM threads AS t WHERE t.sid = x.sid AND t.tid = x.tid)",
  },
  { kind: "orphaned-snapshot", table: "state_versions", where: missingTenant },
  { kind: "orphaned-entry", table: "kv", where: missingTenant },
  { kind: "orphaned-log", table: "logs", where: missingTenant },
  {
    kind: "orphaned-log-entry",
    table: "log_entries",
    where: "NOT EXISTS (SELECT 1 FROM logs AS t WHERE t.lid = x.lid)",
  },
  { kind: "orphaned-block", table: "log_blocks", where: "NOT EXISTS (SELECT 1 FROM logs AS t WHERE t.lid = x.lid)" },
  { kind: "orphaned-operation", table: "commits", where: missingTenant },
];

/** The tables whose rows take a revision of their tenant. */
const revised = ["threads", "messages", "state_versions", "kv"] as const;

const rowsPerPage = 500;

export function examineRows(examination: Examination): void {
  for (const orphan of orphans) examineOrphans(examination, orphan);
  examineRevisions(examination);
  for (const check of rowChecks) {
    for (const row of rowsOf(examination.db, check)) {
      examination.count(1);
      const problem = check.problem(row);
      if (problem !== undefined) examination.report(problem);
    }
  }
}

function examineOrphans({ db, count, report }: Examination, { kind, table, where }: (typeof orphans)[number]): void {
  const [all = 0] = db.get<[number]>(`SELECT count(*) FROM ${table}`) ?? [];
  count(all);
  const [found = 0] = db.get<[number]>(`SELECT count(*) FROM ${table} AS x WHERE ${where}`) ?? [];
  if (found === 0) return;
  const message = `${found} rows in ${table} belong to nothing that is there: no call can reach them. Mending removes them.`;
  report({ kind, message }, () => db.run(`DELETE FROM ${table} AS x WHERE ${where}`));
}

/** A revision that was given to a row must never be given again. */
function examineRevisions({ db, count, report }: Examination): void {
  const highest = [...revised.map((table) => `max(revision) FROM ${table}`), "max(token) FROM leases"];
  const given = highest.map((each) => `coalesce((SELECT ${each} WHERE tid = t.tid), 0)`).join(", ");
  for (const [tid, tenantId, revision, hasErased, last] of db.all<[number, string, number, number, number]>(
    `SELECT t.tid, t.tenant, t.revision, t.has_erased, max(${given}) FROM tenants AS t WHERE t.erased_at IS NULL`,
  )) {
    count(1);
    // A damaged row is reported as such, and must not be mended to look whole.
    if (last <= revision || !isWhole(() => findTenant(db, tenantId))) continue;
    const message = `Tenant ${JSON.stringify(tenantId)} has given out revision ${last}, and counts from ${revision}. Mending makes it count on from there.`;
    report({ kind: "revision-behind", message, tenantId }, () => storeTenant(db, tenantId, [tid, last, hasErased]));
  }
}

/** All rows that a check is for. */
function* rowsOf(db: Connection, { sql, start }: RowCheck): Generator<SqlRow> {
  let last = start;
  for (;;) {
    const page = db.all<SqlRow>(sql, ...last, rowsPerPage);
    yield* page;
    const end = page.at(-1);
    if (end === undefined) return;
    last = end.slice(0, start.length);
  }
}
