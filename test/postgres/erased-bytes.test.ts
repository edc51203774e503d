import { open } from "holdfast";
import type { StoreFile } from "holdfast/conformance";
import { Client } from "pg";
import { afterAll } from "vitest";
import { testRules } from "../conformance/kit.js";
import { freshDatabase } from "../support/postgres.js";

// What is erased is looked for in every row of every table, and, once the server has cleaned up, in every data file.
const database = await freshDatabase({ canCreateRoles: true });
const superuser = new Client(database.superuserUrl);
await superuser.connect();

testRules(
  {
    name: "postgres with its data files",
    durable: true,
    open: (options, place) => {
      const url = `${database.ownerUrl}?role=${database.name}_app&max=4&schema=${schemaOf(place)}`;
      return open(url, { migrate: true, ...options });
    },
    files: {
      read: (place) => filesOf(schemaOf(place)),
      pathOf: () => {
        throw new Error("There is no backup here.");
      },
    },
  },
  "plain",
  ["erasure"],
);

afterAll(async () => {
  await superuser.end();
  await database[Symbol.asyncDispose]();
});

function schemaOf(place: string): string {
  return `place_${place.replaceAll("-", "").slice(0, 50)}`;
}

async function filesOf(schema: string): Promise<readonly StoreFile[]> {
  const tables = await rowsOf(
    `SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = '${schema}'`,
  );
  const files: StoreFile[] = [];
  for (const [table] of tables) {
    const rows = await rowsOf(`SELECT t::text FROM ${String(table)} AS t`);
    files.push({ name: `rows of ${String(table)}`, bytes: Buffer.from(rows.map(([row]) => String(row)).join("\n")) });
    await superuser.query(`VACUUM FULL ${String(table)}`);
  }
  await superuser.query("VACUUM FULL pg_catalog.pg_statistic");
  await superuser.query("CHECKPOINT");
  const paths = await rowsOf(`SELECT c.oid::regclass::text, pg_read_binary_file(pg_relation_filepath(c.oid), true)
    FROM pg_class AS c WHERE pg_relation_filenode(c.oid) IS NOT NULL AND (c.relnamespace = '${schema}'::regnamespace
    OR c.oid = 'pg_statistic'::regclass OR c.oid IN (SELECT reltoastrelid FROM pg_class WHERE relnamespace = '${schema}'::regnamespace))`);
  for (const [name, bytes] of paths) files.push({ name: String(name), bytes: bytes as Uint8Array });
  return files;
}

async function rowsOf(text: string): Promise<readonly (readonly unknown[])[]> {
  return (await superuser.query({ text, rowMode: "array" })).rows;
}
