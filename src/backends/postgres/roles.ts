import { HoldfastError } from "../../contract/index.js";
import type { Database } from "./database.js";
import { sqlStateOf } from "./errors.js";
import { quoteName } from "./names.js";
import { statement } from "./transaction.js";

/** Makes the role that statements run as where there is none, and lets whoever is connected use it. */
export async function ensureRole(database: Database): Promise<void> {
  const { create, grant } = roleSteps(database);
  if (!(await roleExists(database))) await tryTo(database, create, [create, grant]);
  const isMember = await database
    .runOnce(statement("SELECT pg_has_role(current_user, $1, 'SET')", database.role))
    .catch(
      // Before Postgres 16, whoever is a member may also become it.
      () => database.runOnce(statement("SELECT pg_has_role(current_user, $1, 'MEMBER')", database.role)),
    );
  if (isMember?.rows[0]?.[0] !== true)
    await tryTo(database, grant, [grant.replace("CURRENT_USER", await userOf(database))]);
}

export function roleSteps(database: Database): { readonly create: string; readonly grant: string } {
  const role = quoteName(database.role);
  return {
    create: `CREATE ROLE ${role} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE`,
    grant: `GRANT ${role} TO CURRENT_USER`,
  };
}

/** Lets the role log in, for Citus, which connects to its workers as whoever a transaction runs as. It has no password. */
export async function ensureLogin(database: Database): Promise<void> {
  const login = loginStep(database);
  if (!(await canLogin(database))) await tryTo(database, login, [login]);
}

export function loginStep(database: Database): string {
  return `ALTER ROLE ${quoteName(database.role)} LOGIN`;
}

export async function canLogin(database: Database): Promise<boolean> {
  const found = await database.runOnce(statement("SELECT rolcanlogin FROM pg_roles WHERE rolname = $1", database.role));
  return found?.rows[0]?.[0] === true;
}

export async function roleExists(database: Database): Promise<boolean> {
  const found = await database.runOnce(statement("SELECT 1 FROM pg_roles WHERE rolname = $1", database.role));
  return found?.rows.length === 1;
}

/** Throws where the role could get past row-level security. */
export async function checkRole(database: Database): Promise<void> {
  const found = await database.runOnce(statement(roleAttributes, database.role));
  const [isSuperuser, bypasses] = found?.rows[0] ?? [];
  if (found === undefined || isSuperuser === undefined) throw noRole(database.role);
  if (isSuperuser === true || bypasses === true) {
    throw new HoldfastError(
      "FORBIDDEN",
      `The role ${JSON.stringify(database.role)} is a superuser or bypasses row-level security, so that it would not keep tenants apart. Run: ALTER ROLE ${quoteName(database.role)} NOSUPERUSER NOBYPASSRLS`,
    );
  }
}

const roleAttributes = "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = $1";

async function userOf(database: Database): Promise<string> {
  const found = await database.runOnce(statement("SELECT current_user::text"));
  return quoteName(String(found?.rows[0]?.[0]));
}

/** `remedy` is what somebody else must run where whoever is connected may not. */
async function tryTo(database: Database, sql: string, remedy: readonly string[]): Promise<void> {
  try {
    await database.runOnce(statement(sql));
  } catch (error) {
    const state = error instanceof HoldfastError ? sqlStateOf(error.cause) : undefined;
    // Another process was faster.
    if (state === "42710" || state === "23505") return;
    if (state !== "42501") throw error;
    throw new HoldfastError(
      "FORBIDDEN",
      `Whoever is connected may not set up the role ${JSON.stringify(database.role)}. Let somebody who may run this, and migrate again: ${remedy.join("; ")}`,
      { cause: error },
    );
  }
}

function noRole(role: string): HoldfastError {
  return new HoldfastError(
    "UNAVAILABLE",
    `There is no role ${JSON.stringify(role)}. Run "holdfast migrate" as the owner of the schema, or name another with ?role=.`,
    { retryable: false },
  );
}
