import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import path from "node:path";
import { Client } from "pg";
import postgres from "postgres";
import { describe, expect, inject, it } from "vitest";
import { startPostgres } from "../../scripts/postgres-server.mjs";
import { freshDatabase } from "../support/postgres.js";

describe("a database for a test", () => {
  it("is empty, and its owner may fill it and do nothing else", async () => {
    await using database = await freshDatabase();
    await using owner = await connect(database.ownerUrl);
    expect(await owner.rows("SELECT count(*)::int FROM pg_class WHERE relnamespace = 'public'::regnamespace")).toEqual([
      [0],
    ]);
    expect(
      await owner.rows("SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = user"),
    ).toEqual([[false, false, false, false]]);
    await owner.rows("CREATE TABLE t (v text)");
    await expect(owner.rows("CREATE ROLE another")).rejects.toMatchObject({ code: "42501" });

    await using superuser = await connect(database.superuserUrl);
    expect(await superuser.rows("SELECT rolsuper, current_database() FROM pg_roles WHERE rolname = user")).toEqual([
      [true, database.name],
    ]);
    expect(await superuser.rows("SELECT tableowner FROM pg_tables WHERE schemaname = 'public'")).toEqual([
      [database.name],
    ]);
  });

  it("does not show what is in another", async () => {
    await using one = await freshDatabase();
    await using other = await freshDatabase();
    await using ownerOfOne = await connect(one.ownerUrl);
    await using ownerOfOther = await connect(other.ownerUrl);
    await ownerOfOne.rows("CREATE TABLE t AS SELECT 1 AS v");
    expect(await ownerOfOther.rows("SELECT to_regclass('t')")).toEqual([[null]]);
  });

  it("is dropped with its roles, also while it is in use", async () => {
    const database = await freshDatabase({ canCreateRoles: true });
    const role = `${database.name}_made`;
    const owner = await connect(database.ownerUrl);
    await owner.rows(`CREATE ROLE ${role}`);
    await owner.rows(`CREATE TABLE t AS SELECT 1 AS v`);
    await owner.rows(`GRANT SELECT ON t TO ${role}`);
    const disconnected = once(owner.client, "error");
    await database[Symbol.asyncDispose]();
    await disconnected;

    await using another = await freshDatabase();
    await using superuser = await connect(another.superuserUrl);
    expect(await superuser.rows(`SELECT datname FROM pg_database WHERE datname = '${database.name}'`)).toEqual([]);
    expect(await superuser.rows(`SELECT rolname FROM pg_roles WHERE rolname ^@ '${database.name}'`)).toEqual([]);
  });

  it("is there for postgres.js, too", async () => {
    await using database = await freshDatabase();
    const sql = postgres(database.ownerUrl, { max: 1 });
    expect(await sql`SELECT current_database()`.values()).toEqual([[database.name]]);
    await sql.end();
  });
});

// A server from outside is used where this machine may have none of its own.
describe.skipIf(process.env["HOLDFAST_TEST_POSTGRES_URL"] !== undefined)("a server of its own", () => {
  it("is reached over TCP and over its socket, has the settings asked for, and leaves nothing when it is stopped", async () => {
    const server = await startPostgres({ settings: { fsync: "off" } });
    const question = "SELECT current_setting('fsync'), current_setting('max_connections'), inet_server_addr()::text";
    await using overTcp = await connect(server.url);
    await using overSocket = await connect(server.socketUrl);
    expect(await overTcp.rows(question)).toEqual([["off", "300", "127.0.0.1/32"]]);
    expect(await overSocket.rows(question)).toEqual([["off", "300", null]]);
    expect(isRunning(server.pid)).toBe(true);

    const disconnected = [once(overTcp.client, "error"), once(overSocket.client, "error")];
    await server.stop();
    await Promise.all(disconnected);
    expect(isRunning(server.pid)).toBe(false);
    expect(existsSync(server.folder)).toBe(false);
    await server.stop();
  });

  it("says why it does not start", async () => {
    await expect(startPostgres({ settings: { fsync: "perhaps" } })).rejects.toThrow('"fsync"');
  });

  it("ends with a process that is killed", async () => {
    const { user, pid, folder } = await startUser();
    expect(isRunning(pid)).toBe(true);
    user.kill("SIGKILL");
    await expect.poll(() => isRunning(pid) || existsSync(folder), { timeout: 20_000 }).toBe(false);
  });

  it("ends before the process that forgets to stop it, and does not keep that from ending", async () => {
    const { user, pid, folder } = await startUser();
    user.disconnect();
    await once(user, "exit");
    await expect.poll(() => isRunning(pid) || existsSync(folder), { timeout: 20_000 }).toBe(false);
  });

  it("outlives the death of the server itself: it can be stopped all the same", async () => {
    const server = await startPostgres();
    process.kill(server.pid, "SIGKILL");
    await server.stop();
    expect(existsSync(server.folder)).toBe(false);
  });
});

it("the server of the test run is one that tests can reach", () => {
  expect(inject("postgres")).toHaveProperty("url");
});

/** A process that has started a server. */
async function startUser(): Promise<{ user: ChildProcess; pid: number; folder: string }> {
  const user = fork(path.join(import.meta.dirname, "programs", "server-user.mjs"));
  const [message] = await Promise.race([once(user, "message"), once(user, "exit")]);
  if (typeof message !== "object") throw new Error("The process has ended before its server was ready.");
  return { user, ...(message as { pid: number; folder: string }) };
}

interface Connection extends AsyncDisposable {
  readonly client: Client;
  rows(text: string): Promise<readonly (readonly unknown[])[]>;
}

async function connect(url: string): Promise<Connection> {
  const client = new Client(url);
  // A connection that the server ends says so here, and a client without a listener ends the process.
  client.on("error", () => {});
  await client.connect();
  return {
    client,
    rows: async (text) => (await client.query({ text, rowMode: "array" })).rows,
    [Symbol.asyncDispose]: () => client.end(),
  };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
