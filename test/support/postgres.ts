import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { inject } from "vitest";

/** A database of its own for one test or one file, empty when it is made. Disposing of it drops it and its owner. */
export interface FreshDatabase extends AsyncDisposable {
  readonly name: string;
  /** As a superuser. */
  readonly superuserUrl: string;
  /** As the role that owns the database, and may do nothing else. */
  readonly ownerUrl: string;
}

export interface FreshDatabaseOptions {
  /** Lets the owner create roles. They are dropped with the database. */
  readonly canCreateRoles?: boolean;
}

/** Makes a database on the server of the test run: Postgres 15 or newer. */
export async function freshDatabase(options: FreshDatabaseOptions = {}): Promise<FreshDatabase> {
  const server = serverUrl();
  const name = `holdfast_${randomBytes(8).toString("hex")}`;
  // A server that is not ours may ask for a password.
  const password = randomBytes(16).toString("hex");
  const createRole = options.canCreateRoles === true ? "CREATEROLE" : "NOCREATEROLE";
  await execute(server, [
    `CREATE ROLE ${name} LOGIN PASSWORD '${password}' NOSUPERUSER NOBYPASSRLS ${createRole}`,
    `CREATE DATABASE ${name} OWNER ${name} TEMPLATE template0 STRATEGY file_copy`,
  ]);
  return {
    name,
    superuserUrl: urlOf(server, { database: name }),
    ownerUrl: urlOf(server, { database: name, user: name, password }),
    [Symbol.asyncDispose]: () => drop(server, name),
  };
}

/** Changes a setting for everybody who connects from now on. */
export async function setForAll({ name, superuserUrl }: FreshDatabase, setting: string, value: string): Promise<void> {
  await execute(superuserUrl, [`ALTER DATABASE ${name} SET ${setting} = '${value}'`]);
}

function serverUrl(): string {
  const server = inject("postgres");
  if ("missing" in server) throw new Error(server.missing);
  return server.url;
}

function urlOf(server: string, parts: { database: string; user?: string; password?: string }): string {
  const url = new URL(server);
  url.pathname = `/${parts.database}`;
  if (parts.user !== undefined) url.username = parts.user;
  if (parts.password !== undefined) url.password = parts.password;
  return url.href;
}

async function drop(server: string, name: string): Promise<void> {
  await execute(server, [`DROP DATABASE ${name} WITH (FORCE)`, dropRolesMadeBy(name), `DROP ROLE ${name}`]);
}

/** Roles belong to the server, not to a database: since Postgres 16, who makes one is its member, with the right to grant it. */
function dropRolesMadeBy(owner: string): string {
  return `DO $$ DECLARE made record; BEGIN
    FOR made IN SELECT roleid::regrole AS role FROM pg_auth_members WHERE member = '${owner}'::regrole AND admin_option
    LOOP EXECUTE format('DROP ROLE %s', made.role); END LOOP;
  END $$`;
}

/** Runs statements one after the other, each in a transaction of its own. */
async function execute(server: string, statements: readonly string[]): Promise<void> {
  const client = new Client(server);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
