import { Client } from "pg";
import { expect, it } from "vitest";
import { runCli } from "../cli/run-cli.js";
import { freshDatabase } from "../support/postgres.js";

it("the schema for CockroachDB, known by its version, names no collation", async () => {
  await using database = await freshDatabase({ canCreateRoles: true });
  const url = `${database.ownerUrl}?role=${database.name}_app`;
  const dryRun = () => runCli(["migrate", "--store", url, "--dry-run"]);
  expect((await dryRun()).stdout).toContain('tenant_id text COLLATE "C" NOT NULL');
  const superuser = new Client(database.superuserUrl);
  await superuser.connect();
  await superuser.query(`
    CREATE FUNCTION public.version() RETURNS text LANGUAGE sql AS $$ SELECT 'CockroachDB CCL v25.4.0' $$;
    ALTER DATABASE ${database.name} SET search_path = public, pg_catalog`);
  await superuser.end();
  const { status, stdout } = await dryRun();
  expect(status).toBe(0);
  expect(stdout).toContain("tenant_id text NOT NULL");
  expect(stdout).not.toContain("COLLATE");
});
