import { eraseRecordStatements } from "./erase-records.js";
import { eraseTenantStatements } from "./erase-tenant.js";
import { eraseThreadStatements } from "./erase-thread.js";
import { eraseUserStatements } from "./erase-user.js";
import { erasureStatements } from "./erasure.js";
import { erasureRowStatements } from "./erasure-columns.js";
import { receiptStatements } from "./erasure-receipts.js";
import { exportStatements } from "./exports.js";
import { importStatements } from "./imports.js";
import { kvStatements, userLists } from "./kv-columns.js";
import { leaseStatements } from "./leases.js";
import { blockStatements } from "./log-blocks.js";
import { logStatements } from "./log-columns.js";
import { executionLists, messageLists, messageStatements, userExecutionLists } from "./message-columns.js";
import { namespaceStatements } from "./namespaces.js";
import { operationStatements } from "./operations.js";
import { rowIdStatements } from "./row-ids.js";
import { schemaStatements } from "./schema.js";
import { stateStatements } from "./state.js";
import { statsStatements } from "./stats.js";
import { dryRunStatements } from "./sweep-dry-run.js";
import { sweepThreadStatements } from "./sweep-threads.js";
import { sweepStatements } from "./sweep.js";
import { byTenantOf, tenantStatements } from "./tenants.js";
import { threadLists, threadStatements } from "./thread-columns.js";
import { tombstoneStatements } from "./tombstones.js";
import { usageStatements } from "./usage.js";
import { userStatements } from "./users.js";

/** Those that point reads run, which look themselves whether the tenant is the one. */
const pointReads = [
  threadStatements.byId,
  messageStatements.byId,
  stateStatements.latest,
  kvStatements.find,
  operationStatements.find,
];

/** Every statement that this engine runs on its tables, by a name: for the test that looks at their query plans. */

export const allStatements: Readonly<Record<string, string>> = {
  ...named("tenants", tenantStatements),
  ...named("threads", threadStatements),
  ...named("threads by updatedAt", threadLists.updatedAt),
  ...named("threads by createdAt", threadLists.createdAt),
  ...named("messages", messageStatements),
  ...named("messages of a thread", messageLists),
  ...named("messages of an execution", executionLists),
  ...named("state", stateStatements),
  ...named("kv", kvStatements),
  ...named("namespaces", namespaceStatements),
  ...named("log", logStatements),
  ...named("operations", operationStatements),
  ...named("users", userStatements),
  ...named("stats", statsStatements),
  ...named("messages of an execution and a user", userExecutionLists),
  ...named("entries of a user", userLists.entries),
  ...named("keys of a user", userLists.keys),
  ...named("blocks", blockStatements),
  ...named("leases", leaseStatements),
  ...named("tombstones", tombstoneStatements),
  ...named("imports", importStatements),
  ...named("exports", exportStatements),
  ...named("usage", usageStatements),
  ...named("sweep", sweepStatements),
  ...named("sweep of threads", sweepThreadStatements),
  ...named("dry run", dryRunStatements),
  ...named("erasures", erasureStatements),
  ...named("row ids", rowIdStatements),
  ...named("rows of erasures", erasureRowStatements),
  ...named("receipts", receiptStatements),
  ...named("erase a thread", eraseThreadStatements),
  ...named("erase a user", eraseUserStatements),
  ...named("erase a tenant", eraseTenantStatements),
  ...named("erase records", eraseRecordStatements),
  ...Object.fromEntries(pointReads.map((sql) => [`of a known tenant: ${sql}`, byTenantOf(sql)])),
  ...named("meta", {
    meta: schemaStatements.meta,
    addMeta: schemaStatements.addMeta,
    putMeta: schemaStatements.putMeta,
    removeMeta: schemaStatements.removeMeta,
  }),
};

function named(group: string, statements: object): Record<string, string> {
  const entries = Object.entries(statements) as [string, string][];
  return Object.fromEntries(entries.map(([name, sql]) => [`${group}: ${name}`, sql]));
}
