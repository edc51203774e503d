import type { StoreStats } from "../../contract/index.js";
import type { Tables } from "../../tables/schema.js";

export function countRows(tenants: readonly Tables[]): StoreStats {
  const sum = (count: (tables: Tables) => number): number =>
    tenants.reduce((total, tables) => total + count(tables), 0);
  return {
    tenants: tenants.length,
    threads: sum((tables) => tables.threads.size),
    messages: sum((tables) => tables.messages.size),
    stateSnapshots: sum((tables) => total(tables.snapshots, (versions) => versions.size)),
    kvEntries: sum((tables) => total(new Map(tables.namespaces.entries()), (entries) => entries.size)),
    logs: sum((tables) => tables.logs.size),
    logEntries: sum((tables) => total(tables.logs, (log) => log.head - log.watermark)),
    archivedLogEntries: sum((tables) => total(tables.logs, (log) => log.watermark)),
    operations: sum((tables) => total(tables.operations, (operations) => operations.size)),
  };
}

function total<T>(groups: ReadonlyMap<string, T>, count: (group: T) => number): number {
  return [...groups.values()].reduce((sum, group) => sum + count(group), 0);
}
