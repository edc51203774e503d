import { open } from "holdfast";
import { postgres } from "holdfast/postgres";
import type { Pool, PoolClient, QueryConfig } from "pg";
import { expect, it } from "vitest";
import { freshDatabase } from "../support/postgres.js";
import { openPool } from "../support/pool.js";

it.each(["off", "local", "on"])(
  "with synchronous_commit=%s on the server, no write is acknowledged before it is durable",
  async (setting) => {
    await using database = await freshDatabase({ canCreateRoles: true });
    const options = `-c synchronous_commit=${setting}`;
    const pool = openPool({ connectionString: database.ownerUrl, max: 1, pipeline: true, options });
    const seen: string[] = [];
    const db = await open(postgres({ pool: observed(pool, seen), role: `${database.name}_app` }), {
      migrate: true,
      sweep: false,
    });
    seen.length = 0;
    await db.tenant("acme").kv.put([], "k", 1);
    await db.tenant("acme").kv.put([], "k", 2);
    expect(new Set(seen)).toEqual(new Set([setting === "off" ? "on" : setting]));
    await db.close();
    await pool.end();
  },
);

/** A pool that asks, in front of each COMMIT, how it will be answered. */
function observed(pool: Pool, seen: string[]) {
  const ask = (client: PoolClient) => async (config: QueryConfig) => {
    if (config.text === "COMMIT") {
      const { rows } = await client.query({ text: "SELECT current_setting('synchronous_commit')", rowMode: "array" });
      seen.push(String(rows[0]?.[0]));
    }
    return client.query(config);
  };
  return {
    connect: async () => {
      const client = await pool.connect();
      return Object.assign(Object.create(client), { query: ask(client) });
    },
    end: async () => {},
    on: () => {},
  };
}
