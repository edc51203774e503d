import type { StoreStats } from "../../contract/index.js";
import { reservedTenant } from "../../core/reserved-tenant.js";
import type { Connection } from "./connection.js";

const ofTenant = "WHERE tid = ?";

/** Counts go tenant by tenant, each through an index that begins with the tenant. */
export const statsStatements: Readonly<
  Record<"nextTenant" | "threads" | "messages" | "stateSnapshots" | "kvEntries" | "logs" | "operations", string>
> = {
  nextTenant: "SELECT tid, tenant FROM tenants WHERE tid > ? ORDER BY tid LIMIT 1",
  threads: `SELECT count(*) FROM threads ${ofTenant}`,
  messages: `SELECT count(*) FROM messages ${ofTenant}`,
  stateSnapshots: `SELECT count(*) FROM state_versions ${ofTenant}`,
  kvEntries: `SELECT count(*) FROM kv ${ofTenant}`,
  logs: `SELECT count(*), coalesce(sum(head - watermark), 0), coalesce(sum(watermark), 0) FROM logs ${ofTenant}`,
  operations: `SELECT count(*) FROM commits ${ofTenant} AND operation_id IS NOT NULL`,
};

const counted = ["threads", "messages", "stateSnapshots", "kvEntries", "operations"] as const;

/** Counts the rows of the store. */
export function countRows(db: Connection): Omit<StoreStats, "bytes"> {
  const sums = {
    tenants: 0,
    threads: 0,
    messages: 0,
    stateSnapshots: 0,
    kvEntries: 0,
    logs: 0,
    logEntries: 0,
    archivedLogEntries: 0,
    operations: 0,
  };
  let tid = 0;
  for (;;) {
    const [next, tenantId] = db.get<[number, string]>(statsStatements.nextTenant, tid) ?? [];
    if (next === undefined) return sums;
    tid = next;
    if (tenantId === reservedTenant) continue;
    sums.tenants++;
    for (const name of counted) sums[name] += db.get<[number]>(statsStatements[name], tid)?.[0] ?? 0;
    const [logs, entries, archived] = db.get<[number, number, number]>(statsStatements.logs, tid) ?? [0, 0, 0];
    sums.logs += logs;
    sums.logEntries += entries;
    sums.archivedLogEntries += archived;
  }
}
