import type { Holdfast, Tenant } from "holdfast";
import { Client } from "pg";
import { Population, fillMessages, messageId, threadId, userId } from "../messages-store.js";
import type { PostgresBench } from "./bench.js";

/** What each tenant of a large store has: 5 threads of 1,000 messages, 500 entries, a state and a log of 1,000 events. */
const perTenant: Population = new Population(5000);
const eventsPerTenant = 1000;
const messagesPerStep = 100;

/** How many tenants that many messages are over. */
export function tenantsOf(messages: number): number {
  return messages / perTenant.messages;
}

/** The place of a message among all: its tenant, and where it is there. */
export interface Place {
  readonly tenant: string;
  readonly messageId: string;
  readonly threadId: string;
  readonly userId: string;
  readonly namespace: number;
}

/** One of that many messages: scattered, and for one index always the same. */
export function placeOf(index: number, messages: number): Place {
  const message = (index * 7_368_787) % messages;
  const ofTenant = message % perTenant.messages;
  return {
    tenant: tenantId(Math.floor(message / perTenant.messages)),
    messageId: messageId(ofTenant),
    threadId: threadId(ofTenant % perTenant.threads),
    userId: userId(0),
    namespace: ofTenant % perTenant.namespaces,
  };
}

/**
 * Opens a new store with that many messages. One tenant is written by Holdfast; its rows are then copied for each other one,
 * message after message for all tenants, as they would come in.
 */
export async function openTenants(bench: PostgresBench, name: string, messages: number): Promise<Holdfast> {
  const db = await bench.openHoldfast(name);
  const acme = db.tenant(tenantId(0));
  await fillMessages(bench, acme, perTenant);
  await acme.state.upsertLatest({ userId: userId(0), source: "inferred", confidence: 0.7, data: bench.payload(0) });
  await appendEvents(bench, acme, threadId(0), eventsPerTenant);
  await copyTenant(bench, bench.schemaOf(name), tenantsOf(messages));
  return db;
}

/** Appends that many events, a few hundred a call. */
export async function appendEvents(bench: PostgresBench, tenant: Tenant, log: string, count: number): Promise<void> {
  const perCall = 500;
  for (let from = 0; from < count; from += perCall) {
    await tenant.log.append(
      log,
      Array.from({ length: perCall }, (_, index) => bench.payload(from + index)),
    );
  }
}

function tenantId(tenant: number): string {
  return `tenant-${tenant}`;
}

async function copyTenant(bench: PostgresBench, schema: string, tenants: number): Promise<void> {
  const client = new Client({ connectionString: bench.setting.url, options: `-c search_path=${schema}` });
  await client.connect();
  const copy = async (table: string, condition: string = "true", order: string = "n"): Promise<void> => {
    const columns = await columnsOf(client, schema, table);
    const [first, ...rest] = columns;
    const values = rest.map((column) => (column === "name" && table === "tenants" ? newTenant : `r.${column}`));
    await client.query(
      `INSERT INTO ${table} (${[first, ...rest].join(", ")}) SELECT ${[newTenant, ...values].join(", ")}
FROM ${table} AS r, generate_series(1, ${tenants - 1}) AS n WHERE tenant_id = '${tenantId(0)}' AND ${condition} ORDER BY ${order}`,
    );
  };
  for (const table of ["tenants", "counters", "threads", "state_versions", "logs"]) await copy(table);
  // Step by step, so that no step has much to sort.
  for (let from = 0; from < perTenant.messages * 2; from += messagesPerStep) {
    await copy("messages", `seq >= ${from} AND seq < ${from + messagesPerStep}`, "seq, n");
  }
  await copy("kv", "true", "namespace, key, n");
  await copy("log_entries", "true", "ordinal, n");
  await client.query("VACUUM ANALYZE");
  // Else the server writes what was loaded while others are measured.
  await client.query("CHECKPOINT");
  await checkCopied(client, tenants);
  await client.end();
}

const newTenant = "'tenant-' || n";

/** The tenant's column comes first. */
async function columnsOf(client: Client, schema: string, table: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ column_name: string }>(
    "SELECT column_name FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2 ORDER BY ordinal_position",
    [schema, table],
  );
  return rows.map((row) => row.column_name);
}

async function checkCopied(client: Client, tenants: number): Promise<void> {
  const { rows } = await client.query<{ count: string }>("SELECT count(*) FROM messages");
  const count = Number(rows[0]!.count);
  const expected = tenants * perTenant.messages;
  if (count !== expected) throw new Error(`There are ${count} messages instead of ${expected}.`);
}
