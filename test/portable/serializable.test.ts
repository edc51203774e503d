import { open } from "holdfast";
import type { OpenOptions } from "holdfast";
import { postgres } from "holdfast/postgres";
import type { Pool, PoolClient, QueryConfig } from "pg";
import { afterAll, expect, it } from "vitest";
import { schemaOf, testRules } from "../conformance/kit.js";
import { openPool } from "../support/pool.js";
import { freshDatabase } from "../support/postgres.js";
import { groups, isWhole } from "./extent.js";

// As on CockroachDB: transactions are serializable unless they say otherwise, and one that comes late is refused with 40001.
const database = await freshDatabase({ canCreateRoles: true });
const options = "-c default_transaction_isolation=serializable";
const pools: Pool[] = [];
let refusals = 0;

afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.end()));
  await database[Symbol.asyncDispose]();
});

const shared = poolOf(8);

const subject = {
  name: "postgres, serializable",
  durable: true,
  open: (given: OpenOptions, place: string) => openWith(shared, given, place),
};
testRules(subject, "plain", groups);
if (isWhole) testRules(subject, "batched", groups);

it("writers to one tenant are refused, come again, and all have stored", async () => {
  const writers = await Promise.all(Array.from({ length: 6 }, () => openWith(poolOf(1), { sweep: false }, "writers")));
  refusals = 0;
  const writes = writers.flatMap((db, writer) =>
    Array.from({ length: 10 }, (_, index) =>
      db.tenant("t").write((w) => {
        w.log.append("log", [{ kind: "note", writer, index }]);
        w.kv.put([], `${writer}-${index}`, index);
      }),
    ),
  );
  await Promise.all(writes);
  const tenant = writers[0]!.tenant("t");
  expect(await tenant.log.head("log")).toMatchObject({ head: 60 });
  expect((await tenant.kv.list([], { limit: 100 })).items).toHaveLength(60);
  expect(refusals).toBeGreaterThan(0);
  await Promise.all(writers.map((db) => db.close()));
});

function openWith(pool: Pool, given: OpenOptions, place: string) {
  const source = postgres({ pool: counting(pool), schema: schemaOf(place), role: `${database.name}_app` });
  return open(source, { migrate: true, ...given });
}

function poolOf(max: number): Pool {
  const pool = openPool({ connectionString: database.ownerUrl, max, options, pipeline: true });
  pools.push(pool);
  return pool;
}

/** A pool that counts what is refused with 40001. */
function counting(pool: Pool) {
  const query = (client: PoolClient) => async (config: QueryConfig) => {
    try {
      return await client.query(config);
    } catch (error) {
      if ((error as { code?: unknown }).code === "40001") refusals += 1;
      throw error;
    }
  };
  return {
    connect: async () => {
      const client = await pool.connect();
      return Object.assign(Object.create(client), { query: query(client) });
    },
    end: async () => {},
    on: () => {},
  };
}
