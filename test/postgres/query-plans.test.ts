import { open } from "holdfast";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reading } from "../../dist/backends/postgres/answer.js";
import type { Statement } from "../../dist/backends/postgres/driver.js";
import { SchemaNames } from "../../dist/backends/postgres/names.js";
import type { ReadView } from "../../dist/backends/postgres/reading.js";
import { ColdTier } from "../../dist/core/cold-tier.js";
import type { Query } from "../../dist/core/queries.js";
import { effectiveSettings } from "../../dist/core/settings.js";
import { freshDatabase } from "../support/postgres.js";

// With row-level security on, as the role that owns nothing: Postgres then uses an index only for conditions that are safe
// to evaluate before the policy.
const database = await freshDatabase({ canCreateRoles: true });
const role = `${database.name}_app`;
const names = new SchemaNames("holdfast");
let client: Client;

beforeAll(async () => {
  await (await open(`${database.ownerUrl}?role=${role}`, { migrate: true, sweep: false })).close();
  client = new Client(database.superuserUrl);
  await client.connect();
  for (const sql of fill) await client.query(names.in(sql));
  await client.query("ANALYZE");
});

afterAll(async () => {
  await client.end();
  await database[Symbol.asyncDispose]();
});

const tenant = "'t' || i % 5";
const numbers = "FROM generate_series(1, 10000) AS i";
const fill = [
  `INSERT INTO @threads SELECT ${tenant}, 'th' || i, 'u' || i % 50, i, i, i, NULL, i, 1, NULL, NULL ${numbers}`,
  `INSERT INTO @messages SELECT ${tenant}, 'm' || i, 'th' || i % 100, i, 'user', i, NULL, NULL, NULL, 'e' || i % 500, NULL, NULL, i, 1, '1', NULL, NULL ${numbers}`,
  `INSERT INTO @state_versions SELECT ${tenant}, 'u' || i % 50, i, i, i, 'user', 1, 1, NULL, NULL ${numbers}`,
  `INSERT INTO @kv SELECT ${tenant}, convert_to('n' || i % 100, 'UTF8') || '\\x00', 'k' || i, 'u' || i % 50, 1, 1, NULL, i, 1, '1' ${numbers}`,
  `INSERT INTO @logs SELECT ${tenant}, 'th' || i, 'u' || i % 50, 1, 0 ${numbers}`,
  `INSERT INTO @log_entries SELECT ${tenant}, 'th' || i % 100, i, 1, '{}' ${numbers}`,
  `INSERT INTO @log_blocks SELECT ${tenant}, 'th' || i % 100, i, i, 1, NULL, '', '', 0 ${numbers}`,
  `INSERT INTO @operations SELECT ${tenant}, 'u' || i % 50, 'o' || i, '', i, NULL, NULL, '[]', '[]' ${numbers}`,
  `INSERT INTO @tombstones SELECT ${tenant}, 'log', md5(i::text), 1, 1 ${numbers}`,
];

const thread = "threads_pkey (tenant_id, thread_id)";
const byUpdate = "threads_by_update (tenant_id, user_id, updated_at, seq)";
const byCreation = "threads_by_creation (tenant_id, user_id, created_at, seq)";
const message = "messages_pkey (tenant_id, message_id)";
const messages = "messages_by_creation (tenant_id, thread_id, created_at, seq)";
const ofExecution = "messages_by_execution (tenant_id, execution_id, created_at, seq)";
const state = "state_versions_pkey (tenant_id, user_id)";
const history = "state_versions_pkey (tenant_id, user_id, revision)";
const entry = "kv_pkey (tenant_id, namespace, key)";
const ofUser = "kv_by_user (tenant_id, user_id, namespace, key)";
const namespaces = "kv_pkey (tenant_id, namespace)";
const log = ["logs_pkey (tenant_id, thread_id)", thread, "tombstones_pkey (tenant_id, kind, hash)"];
const page = { limit: 100, offset: 0 };
const [order, includeDeleted, namespace, prefix] = ["desc", false, ["n1"], "k1"] as const;

/** Each with the indexes that it may use, and the columns that they are searched by. */
const reads: readonly (readonly [Query, readonly string[]])[] = [
  [{ kind: "messages.getThread", id: "th1", includeDeleted }, [thread]],
  [{ kind: "messages.listThreads", userId: "u1", orderBy: "updatedAt", order, includeDeleted, ...page }, [byUpdate]],
  [{ kind: "messages.listThreads", userId: "u1", orderBy: "createdAt", order, includeDeleted, ...page }, [byCreation]],
  [{ kind: "messages.getMessage", id: "m1", includeDeleted }, [message, thread]],
  [{ kind: "messages.listMessages", threadId: "th1", order, includeDeleted, ...page }, [messages, thread]],
  [{ kind: "messages.listMessages", threadId: "th1", leafId: "m1", order, includeDeleted, ...page }, [message, thread]],
  [
    { kind: "messages.getMessagesByExecution", executionId: "e1", order, includeDeleted, ...page },
    [ofExecution, thread],
  ],
  [
    { kind: "messages.countMessages", threadId: "th1", includeDeleted },
    ["messages_by_creation (tenant_id, thread_id)", thread],
  ],
  [{ kind: "state.getLatest", userId: "u1" }, [state]],
  [{ kind: "state.getLatest", userId: "u1", atTime: 5 }, [state, history]],
  [{ kind: "state.getHistory", userId: "u1", ...page }, [state, history]],
  [{ kind: "kv.getMany", namespace, keys: ["k1", "k2"] }, [entry, ofUser]],
  [{ kind: "kv.list", namespace, prefix, order, values: true, ...page }, [entry, ofUser]],
  [{ kind: "kv.list", namespace, prefix, order, values: false, ...page }, [entry, ofUser]],
  [
    { kind: "kv.listNamespaces", prefix: [], suffix: [], ...page },
    [namespaces, "kv_by_user (tenant_id, user_id, namespace)"],
  ],
  [{ kind: "log.head", threadId: "th1" }, log],
  [
    { kind: "log.loadSince", threadId: "th1", cursor: 5, ...page },
    ["log_entries_pkey (tenant_id, thread_id, ordinal)", ...log],
  ],
  [
    { kind: "log.loadArchived", threadId: "th1", cursor: 5, ...page },
    ["log_blocks_pkey (tenant_id, thread_id, last)", ...log],
  ],
  [{ kind: "operations.get", operationId: "o1" }, ["operations_pkey (tenant_id, user_id, operation_id)"]],
  [
    { kind: "tenant.listUsers", ...page },
    [
      "threads_by_update (tenant_id, user_id)",
      "threads_by_creation (tenant_id, user_id)",
      state,
      "kv_by_user (tenant_id, user_id)",
      "logs_by_user (tenant_id, user_id)",
    ],
  ],
  [{ kind: "export.threads", ...page }, [byCreation]],
  [{ kind: "export.threads", ofUser: "u1", ...page }, [byCreation]],
  [{ kind: "export.messages", threadId: "th1", ...page }, [messages, thread]],
  [{ kind: "export.snapshots", ...page }, [history]],
  [{ kind: "export.snapshots", ofUser: "u1", ...page }, [history]],
  [{ kind: "export.entries", ...page }, [entry]],
  [{ kind: "export.entries", ofUser: "u1", ...page }, [ofUser]],
  [{ kind: "export.logs", ...page }, [...log, "tombstones_pkey (tenant_id, kind)"]],
];

/** What is looked at of a step of a plan. */
interface Plan {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly "Index Cond"?: string;
  readonly Plans?: readonly Plan[];
}

function viewOf(userId: string | undefined): ReadView {
  const known = { tid: "t1", tenantId: "t1", userId, now: 100, hashKey: new Uint8Array(32), hash: () => "hash" };
  return { ...known, settings: effectiveSettings({}), cold: new ColdTier("/", "store", "store") };
}

/** What is asked at first, and what a list asks where a row of its first answer was too large to be in it. */
function statementsOf(query: Query, userId?: string): readonly Statement[] {
  const answer = reading(viewOf(userId), query);
  const asked = answer.next();
  if (asked.done === true) return [];
  if (!/ AS is_large /.test(asked.value.at(-1)?.sql ?? "")) return asked.value;
  const none = { rows: [], tag: "SELECT", count: 0 };
  const large = { rows: [[true]], tag: "SELECT", count: 1 };
  const { value } = answer.next([...asked.value.slice(1).map(() => none), large]);
  const exact = value as readonly Statement[];
  expect(exact[0]?.sql).not.toMatch(/ AS is_large /);
  return [...asked.value, ...exact];
}

/** The plan that is made for these values, or the one for any: that is used once it seems to be as good. */
async function planOf({ sql, values }: Statement, isGeneric: boolean): Promise<Plan> {
  await client.query("BEGIN");
  try {
    await client.query(`SET LOCAL ROLE ${role}; SET LOCAL holdfast.tenant = 't1'`);
    // A table may be so small here that to read all of it is best.
    await client.query(
      "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off",
    );
    await client.query(`SET LOCAL plan_cache_mode = force_${isGeneric ? "generic" : "custom"}_plan`);
    await client.query(`PREPARE read AS ${names.in(sql)}`);
    const { rows } = await client.query(`EXPLAIN (FORMAT JSON) EXECUTE read (${values.map(literal).join(", ")})`);
    return rows[0]["QUERY PLAN"][0].Plan;
  } finally {
    await client.query("ROLLBACK; DEALLOCATE ALL");
  }
}

function literal(value: Statement["values"][number]): string {
  if (value === null) return "NULL";
  if (value instanceof Uint8Array) return `'\\x${Buffer.from(value).toString("hex")}'`;
  return typeof value === "string" ? `'${value}'` : String(value);
}

/** How the tables of the store are read: the index, and the columns it is searched by. */
function scansOf(plan: Plan): readonly string[] {
  const below = (plan.Plans ?? []).flatMap(scansOf);
  const { "Relation Name": table, "Index Name": index, "Index Cond": condition = "" } = plan;
  if (table === undefined || table === "settings") return below;
  const columns = ["tenant_id", "user_id", "thread_id", "kind", "hash", "execution_id", "message_id", "operation_id"];
  const last = ["created_at", "updated_at", "namespace", "key", "revision", "ordinal", "last", "seq"];
  const searched = [...columns, ...last].filter((column) => new RegExp(`\\b${column}\\b`).test(condition));
  return [...below, index === undefined ? `all of ${table}` : `${index} (${searched.join(", ")})`];
}

async function expectIndexes(query: Query, userId: string | undefined, indexes: readonly string[]): Promise<void> {
  const statements = statementsOf(query, userId);
  expect(statements).not.toEqual([]);
  for (const statement of statements) {
    for (const isGeneric of [false, true]) {
      expect(indexes).toEqual(expect.arrayContaining([...scansOf(await planOf(statement, isGeneric))]));
    }
  }
}

describe("every read finds its rows by an index that begins with the tenant", () => {
  it.each(reads)("%o", (query, indexes) => expectIndexes(query, undefined, indexes));
});

describe("so does every read in the scope of a user", () => {
  const inScope = reads.filter(([{ kind }]) => !/^(export|tenant)\./.test(kind));
  it.each(inScope)("%o", (query, indexes) => expectIndexes(query, "u1", indexes));
});

it("knows a slow plan when it sees one", async () => {
  const sql = "SELECT * FROM @messages WHERE tenant_id = $1 AND role = $2";
  expect(scansOf(await planOf({ sql, values: ["t1", "user"] }, false))).not.toEqual([message]);
});
