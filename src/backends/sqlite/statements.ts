import { kvStatements } from "./kv.js";
import { logStatements } from "./log.js";
import { executionLists, messageLists, messageStatements } from "./message-columns.js";
import { namespaceStatements } from "./namespaces.js";
import { operationStatements } from "./operations.js";
import { schemaStatements } from "./schema.js";
import { stateStatements } from "./state.js";
import { statsStatements } from "./stats.js";
import { tenantStatements } from "./tenants.js";
import { threadLists, threadStatements } from "./threads.js";
import { userStatements } from "./users.js";

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
  ...named("meta", { meta: schemaStatements.meta, putMeta: schemaStatements.putMeta }),
};

function named(group: string, statements: object): Record<string, string> {
  const entries = Object.entries(statements) as [string, string][];
  return Object.fromEntries(entries.map(([name, sql]) => [`${group}: ${name}`, sql]));
}
