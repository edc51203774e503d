import { open } from "holdfast";
import { postgres } from "holdfast/postgres";
import type { Pool, PoolClient, QueryConfig } from "pg";
import { afterAll, expect, it } from "vitest";
import { testRules } from "../conformance/kit.js";
import { freshDatabase } from "../support/postgres.js";
import { openPool } from "../support/pool.js";

// Every statement names its tenant. Here that is cut out of each of them, so that nothing but row-level security keeps
// tenants apart: then everything must be as ever.
const database = await freshDatabase({ canCreateRoles: true });
const pool = openPool({ connectionString: database.ownerUrl, max: 4, pipeline: true });
let cuts = 0;

testRules(
  {
    name: "postgres without its own predicates",
    durable: true,
    open: (options, place) => {
      const schema = `place_${place.replaceAll("-", "").slice(0, 50)}`;
      const role = `${database.name}_app`;
      return open(postgres({ pool: cutting(pool), schema, role }), { migrate: true, ...options });
    },
  },
  "plain",
  ["attack", "erasure", "users", "messages", "kv"],
);

it("predicates were there to be cut", () => {
  expect(cuts).toBeGreaterThan(1000);
});

afterAll(async () => {
  await pool.end();
  await database[Symbol.asyncDispose]();
});

function cutting(whole: Pool) {
  return {
    connect: async () => cuttingClient(await whole.connect()),
    end: () => whole.end(),
    on: () => {},
  };
}

function cuttingClient(client: PoolClient) {
  const query = (config: QueryConfig) => client.query({ ...config, text: cut(config.text) });
  return Object.assign(Object.create(client), { query });
}

/** The registry of tenants has no policy, and the role may not read it: what its owner does there is left as it is. */
const registry = /"\.(?:tenants|pending_erasures)\b/;

function cut(sql: string): string {
  if (registry.test(sql)) return sql;
  return sql.replaceAll(/(?:\w+\.)?tenant_id = \$1/g, () => {
    cuts += 1;
    return "$1::text IS NOT NULL";
  });
}
