import { open } from "holdfast";
import type { ErasureReceipt } from "holdfast";
import { Client } from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openPostgresBackend, sourceOf } from "../../dist/backends/postgres/index.js";
import type { Engine, PendingErasure } from "../../dist/core/backend.js";
import { freshDatabase } from "../support/postgres.js";

const database = await freshDatabase({ canCreateRoles: true });
const role = `${database.name}_app`;
const now = 1_700_000_000_000;
const superuser = new Client(database.superuserUrl);

beforeAll(() => superuser.connect());

afterAll(async () => {
  await superuser.end();
  await database[Symbol.asyncDispose]();
});

function urlOf(schema: string): string {
  const url = new URL(database.ownerUrl);
  url.search = new URLSearchParams({ schema, role }).toString();
  return url.href;
}

/** A backend on its own, as another process has it: what it begins goes on only where it is told to. */
async function backendOf(schema: string): Promise<Engine & AsyncDisposable> {
  const backend = await openPostgresBackend(sourceOf(urlOf(schema)), { settings: {}, now });
  return Object.assign(backend, { [Symbol.asyncDispose]: () => backend.close() });
}

async function carryOut(backend: Engine, pending: PendingErasure): Promise<ErasureReceipt> {
  for (;;) {
    const { receipt } = await backend.eraseStep(pending, now);
    if (receipt !== undefined) return receipt;
  }
}

/** All rows of all tables, as text. */
async function dump(schema: string): Promise<string> {
  const { rows } = await superuser.query({
    rowMode: "array",
    text: `SELECT table_name FROM information_schema.tables WHERE table_schema = $1`,
    values: [schema],
  });
  const texts: string[] = [];
  for (const [table] of rows) {
    const found = await superuser.query(`SELECT row_to_json(t)::text AS row FROM "${schema}"."${String(table)}" AS t`);
    texts.push(...found.rows.map(({ row }) => String(row)));
  }
  return texts.join("\n");
}

const ofUser = { id: "erasure-1", kind: "user", tenantId: "secret-tenant", subjectId: "ann", now } as const;

it("of an erased tenant no name is left in clear, also where a sweep ended at it and a user of it was being erased", async () => {
  await using db = await open(urlOf("names"), { migrate: true, sweep: false });
  await using backend = await backendOf("names");
  const tenant = db.tenant("secret-tenant");
  await tenant.messages.createThread({ id: "secret-thread", userId: "ann" });
  await tenant.log.append("secret-thread", [{ kind: "note", text: "x" }], { operationId: "op", actor: "bob" });
  await backend.noteSwept("secret-tenant");
  await backend.beginErasure(ofUser);
  expect(await dump("names")).toContain("secret-");
  await db.eraseTenant("secret-tenant");
  expect(await backend.sweptUntil()).toBeUndefined();
  expect(await backend.pendingErasures()).toEqual([]);
  await backend.noteSwept("secret-tenant");
  expect(await dump("names")).not.toContain("secret-");
  expect(await dump("names")).not.toContain('"ann"');
  const receipts = (await tenant.listErasures()).items;
  expect(receipts.map(({ kind }) => kind).toSorted()).toEqual(["tenant", "user"]);
});

it("an erasure in a tenant that was erased meanwhile touches nothing of the one that comes after it", async () => {
  await using db = await open(urlOf("anew"), { migrate: true, sweep: false });
  await using backend = await backendOf("anew");
  const tenant = db.tenant("secret-tenant");
  await tenant.kv.put([], "k", 1, { userId: "ann" });
  const pending = await backend.beginErasure(ofUser);
  const { id } = await backend.beginErasure({ ...ofUser, id: "erasure-2", kind: "tenant", subjectId: "secret-tenant" });
  await tenant.messages.createThread({ id: "t", userId: "ann" });
  await tenant.kv.put([], "k", 2, { userId: "ann" });
  await carryOut(backend, { ...pending, id });
  const { removed } = await carryOut(backend, pending);
  expect(removed.kvEntries).toBe(0);
  expect(await tenant.messages.getThread("t")).toMatchObject({ userId: "ann" });
  expect(await tenant.kv.get([], "k")).toBe(2);
  expect((await db.listTenants()).items).toEqual(["secret-tenant"]);
});

it("a log of a user who is being erased cannot be forked: the copy would outlive the erasure", async () => {
  await using db = await open(urlOf("forks"), { migrate: true, sweep: false });
  await using backend = await backendOf("forks");
  const tenant = db.tenant("secret-tenant");
  await tenant.messages.createThread({ id: "t", userId: "ann" });
  await tenant.log.append("t", [{ kind: "note", text: "x" }]);
  await tenant.log.append("own", [{ kind: "note", text: "x" }], { userId: "ann" });
  await tenant.log.append("other", [{ kind: "note", text: "x" }], { userId: "bob" });
  const pending = await backend.beginErasure(ofUser);
  for (const log of ["t", "own"]) {
    await expect(tenant.log.fork(log, 1, `of-${log}`)).rejects.toMatchObject({ code: "NOT_FOUND" });
  }
  await tenant.log.fork("other", 1, "of-other");
  await carryOut(backend, pending);
  expect(await tenant.log.head("of-own")).toEqual({ head: 0, watermark: 0 });
  await tenant.log.append("again", [{ kind: "note", text: "x" }], { userId: "ann" });
  await tenant.log.fork("again", 1, "of-again");
});

it("what is written while a user is erased does not keep that going", async () => {
  await using db = await open(urlOf("bounds"), { migrate: true, sweep: false });
  await using backend = await backendOf("bounds");
  const tenant = db.tenant("secret-tenant");
  await tenant.messages.createThread({ id: "t0", userId: "ann" });
  const pending = await backend.beginErasure(ofUser);
  for (let step = 1; ; step++) {
    expect(step).toBeLessThan(20);
    await tenant.messages.createThread({ id: `t${step}`, userId: "ann" });
    await tenant.log.append(`t${step}`, [{ kind: "note", text: "x" }]);
    await tenant.kv.put([], `k${step}`, step, { userId: "ann" });
    await tenant.state.upsertLatest({ userId: "ann", source: "mixed" });
    const { receipt } = await backend.eraseStep(pending, now);
    if (receipt !== undefined) break;
  }
});

it("what goes across tenants is FORBIDDEN to who is not the owner, and says what to do; the rest works", async () => {
  await using db = await open(urlOf("others"), { migrate: true, sweep: false });
  await db.tenant("a").kv.put([], "k", 1, { userId: "ann" });
  const { secret } = await db.tokens.create({ tenantId: "a", userId: "ann", scopes: ["read"] });
  await superuser.query(`CREATE ROLE ${database.name}_user LOGIN PASSWORD 'secret' IN ROLE ${role}`);
  const url = new URL(urlOf("others"));
  url.username = `${database.name}_user`;
  url.password = "secret";
  const other = await open(url.href, { sweep: false });
  const forbidden = { code: "FORBIDDEN", message: expect.stringContaining("as the owner") };
  for (const call of [
    () => other.listTenants(),
    () => other.stats(),
    () => other.doctor(),
    () => other.sweep(),
    () => other.eraseTenant("a"),
  ]) {
    await expect(call(), call.toString()).rejects.toMatchObject(forbidden);
  }
  expect(await other.tenant("a").kv.get([], "k")).toBe(1);
  expect(await other.tokens.verify(secret)).toMatchObject({ userId: "ann" });
  expect(await other.tokens.create({ tenantId: "a", scopes: ["read"] })).toMatchObject({ tenantId: "a" });
  await other.healthCheck();
  expect((await other.tenant("a").eraseUser("ann")).removed.kvEntries).toBe(1);
  expect(await db.tenant("a").kv.get([], "k")).toBeUndefined();
  expect(await db.tokens.verify(secret)).toBeUndefined();
  expect((await db.tokens.list()).items).toHaveLength(1);
  expect((await db.sweep()).erasuresCompleted).toBe(0);
  await other.close();
  await superuser.query(`DROP ROLE ${database.name}_user`);
});

it("backup says what to use instead", async () => {
  await using db = await open(urlOf("backup"), { migrate: true, sweep: false });
  const unsupported = { code: "UNSUPPORTED", message: expect.stringContaining("pg_dump") };
  await expect(db.backup("/nowhere")).rejects.toMatchObject(unsupported);
});
