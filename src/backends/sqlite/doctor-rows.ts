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
  examineTenants(examination);
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
function examineTenants({ db, count, report }: Examination): void {
  const highest = [...revised.map((table) => `max(revision) FROM ${table}`), "max(token) FROM leases"];
  const given = highest.map((each) => `coalesce((SELECT ${each} WHERE tid = t.tid), 0)`).join(", ");
  const erased = "EXISTS (SELECT 1 FROM tombstones WHERE tid = t.tid)";
  for (const [tid, tenantId, revision, hasErased, last] of db.all<[number, string, number, number, number]>(
    `SELECT t.tid, t.tenant, t.revision, max(t.has_erased, ${erased}), max(${given}) FROM tenants AS t WHERE t.erased_at IS NULL`,
  )) {
    count(1);
    const name = `Tenant ${JSON.stringify(tenantId)}`;
    if (!isWhole(() => findTenant(db, tenantId))) {
      const from = Math.max(revision, last) + farBehind;
      const message = `${name} is not as it was written: the store is damaged. Mending makes it count its revisions on from ${from}, behind all that it can have given out.`;
      report({ kind: "damaged-value", message, tenantId }, () => storeTenant(db, tenantId, [tid, from, hasErased]));
    } else if (last > revision) {
      const message = `${name} has given out revision ${last}, and counts from ${revision}. Mending makes it count on from there.`;
      report({ kind: "revision-behind", message, tenantId }, () => storeTenant(db, tenantId, [tid, last, hasErased]));
    }
  }
}

/** Revisions of rows that are gone are unknown where the tenant's own is: so many more than of those that are there. */
const farBehind = 1_000_000_000;

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
