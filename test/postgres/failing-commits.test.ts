import { open } from "holdfast";
import type { Holdfast } from "holdfast";
import { Client } from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { freshDatabase } from "../support/postgres.js";

// A COMMIT that the server answers with an error: of Citus, which has lost the worker, or of CockroachDB, which does not know.
const database = await freshDatabase({ canCreateRoles: true });
let db: Holdfast;
let superuser: Client;

beforeAll(async () => {
  db = await open(`${database.ownerUrl}?role=${database.name}_app`, { migrate: true, sweep: false });
  superuser = new Client(database.superuserUrl);
  await superuser.connect();
});

afterAll(async () => {
  await db.close();
  await superuser.end();
  await database[Symbol.asyncDispose]();
});

/** Makes each COMMIT that has stored an entry fail, or only the first one. */
async function failCommits(sqlState: string, isOnce: boolean): Promise<void> {
  await superuser.query(`
    DROP SEQUENCE IF EXISTS failures;
    CREATE SEQUENCE failures;
    GRANT USAGE ON SEQUENCE failures TO PUBLIC;
    CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF nextval('public.failures') = 1 OR NOT ${isOnce} THEN RAISE 'The worker is gone.' USING ERRCODE = '${sqlState}'; END IF;
      RETURN NULL;
    END $$;
    DROP TRIGGER IF EXISTS failing ON holdfast.kv;
    CREATE CONSTRAINT TRIGGER failing AFTER INSERT ON holdfast.kv DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail()`);
}

it.each(["XX000", "08006", "57P01", "40003"])("a COMMIT that ends with %s has an unknown outcome", async (sqlState) => {
  const tenant = db.tenant(`unknown-${sqlState}`);
  const put = () => tenant.kv.put([], "k", 1, { operationId: "put" });
  await failCommits(sqlState, false);
  await expect(put()).rejects.toMatchObject({ code: "UNAVAILABLE", outcome: "unknown", retryable: true });
  await superuser.query("DROP TRIGGER failing ON holdfast.kv");
  await put();
  expect(await tenant.kv.get([], "k")).toBe(1);
});

it.each(["40001", "40P01"])("one that ends with %s is tried again", async (sqlState) => {
  const tenant = db.tenant(`again-${sqlState}`);
  await failCommits(sqlState, true);
  await tenant.kv.put([], "k", 1);
  expect(await tenant.kv.get([], "k")).toBe(1);
  const { rows } = await superuser.query("SELECT last_value FROM failures");
  expect(rows).toEqual([{ last_value: "2" }]);
});
