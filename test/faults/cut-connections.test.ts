import { open } from "holdfast";
import type { Holdfast } from "holdfast";
import { postgres } from "holdfast/postgres";
import { Client } from "pg";
import postgresJs from "postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cutBefore, faultProxy } from "../support/fault-proxy.js";
import type { Fault, FaultProxy } from "../support/fault-proxy.js";
import { freshDatabase } from "../support/postgres.js";

const database = await freshDatabase({ canCreateRoles: true });
const role = `${database.name}_app`;
let proxy: FaultProxy;
let sql: postgresJs.Sql;
let db: Holdfast;
let dbOfPostgresJs: Holdfast;

beforeAll(async () => {
  await (await open(`${database.ownerUrl}?role=${role}`, { migrate: true, sweep: false })).close();
  proxy = await faultProxy(database.ownerUrl);
  db = await open(`${proxy.url}?role=${role}`, { sweep: false });
  sql = postgresJs(proxy.url, { max: 4, onnotice: () => {} });
  dbOfPostgresJs = await open(postgres({ pool: sql, role }), { sweep: false });
});

afterAll(async () => {
  await Promise.all([db.close(), dbOfPostgresJs.close()]);
  await sql.end({ timeout: 0 });
  await proxy[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

/** The last message of a flush: `S`, and a length of four bytes. */
const syncBytes = 5;

/** So much of a flush that ends with COMMIT reaches the server; whether it commits. */
const cutsOfFlushes: readonly (readonly [name: string, fault: Fault, isStored: boolean])[] = [
  ["before COMMIT", cutBefore, false],
  ["inside of COMMIT", { kind: "cut", arrive: (sent) => sent.lastIndexOf("COMMIT") + 3 }, false],
  ["before COMMIT is to be executed", { kind: "cut", arrive: (sent) => sent.lastIndexOf("COMMIT") + 9 }, false],
  ["between COMMIT and Sync", { kind: "cut", arrive: (sent) => sent.length - syncBytes }, true],
  ["inside of Sync", { kind: "cut", arrive: (sent) => sent.length - 1 }, true],
  ["behind COMMIT", { kind: "cut", arrive: (sent) => sent.length }, true],
  ["after COMMIT", { kind: "cut answer" }, true],
];

/** Its statements go one by one to the server, and need no Sync. */
const cutsOfPostgresJs = cutsOfFlushes.filter(([name]) => /^(before COMMIT|inside of COMMIT|after COMMIT)$/.test(name));

describe.each([
  { client: "pg", open: () => db, cuts: cutsOfFlushes },
  { client: "postgres.js", open: () => dbOfPostgresJs, cuts: cutsOfPostgresJs },
])("on $client, cut", ({ client, open: opened, cuts }) => {
  /** The first write to a tenant locks and loads before it sends COMMIT; the next is sent with it. */
  describe.each([0, 1])("after %d writes,", (before) => {
    it.each(cuts)("%s: an unknown outcome, which a repeat settles", async (name, fault, isStored) => {
      // What says which flush is meant must not be in the name of the tenant.
      const tenant = opened().tenant(`${client} ${before} ${name.toLowerCase()}`);
      const append = (operationId?: string) => tenant.log.append("t1", [{ kind: "note" }], { operationId });
      for (let head = 1; head <= before; head++) await append();
      for (const operationId of [undefined, "append"]) {
        const { head } = await tenant.log.head("t1");
        const { happened } = proxy.inject(["COMMIT"], fault);
        const refused = await append(operationId).catch((error: unknown) => error);
        await happened;
        expect(refused).toMatchObject({ code: "UNAVAILABLE", outcome: "unknown", retryable: true });
        expect((await tenant.log.head("t1")).head).toBe(head + (isStored ? 1 : 0));
        if (operationId === undefined) continue;
        expect(await append(operationId)).toMatchObject({ head: head + 1 });
        expect((await tenant.log.head("t1")).head).toBe(head + 1);
      }
    });
  });
});

it.each([1, 2])("where nothing was to be committed yet, another connection is taken (%d times)", async (times) => {
  const tenant = db.tenant(`cut-early-${times}`);
  const { happened } = proxy.inject(["SET LOCAL holdfast.tenant", tenant.id], cutBefore, times);
  await tenant.kv.put([], "k", 1);
  await happened;
  expect(await tenant.kv.get([], "k")).toBe(1);
});

it("where each connection is cut, nothing was stored, and the error says so", async () => {
  const tenant = db.tenant("cut-always");
  const { happened } = proxy.inject(["SET LOCAL holdfast.tenant", tenant.id], cutBefore, 3);
  const refused = await tenant.kv.put([], "k", 1).catch((error: unknown) => error);
  await happened;
  expect(refused).toMatchObject({ code: "UNAVAILABLE", outcome: "none", retryable: true });
  expect(await tenant.kv.get([], "k")).toBeUndefined();
});

it("a read whose connection is cut is answered on another one", async () => {
  const tenant = db.tenant("cut-read");
  await tenant.kv.put([], "k", 1);
  const { happened } = proxy.inject([tenant.id], cutBefore);
  expect(await tenant.kv.get([], "k")).toBe(1);
  await happened;
});

it("idle connections that the server closes are no news", async () => {
  const tenant = db.tenant("idle");
  await Promise.all(Array.from({ length: 20 }, (_, index) => db.tenant(`idle-${index}`).kv.put([], "k", 1)));
  const superuser = new Client(database.superuserUrl);
  await superuser.connect();
  const { rows } = await superuser.query(
    "SELECT pg_terminate_backend(pid, 5000) AS ended FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()",
    [database.name],
  );
  await superuser.end();
  expect(rows.length).toBeGreaterThan(1);
  expect(await tenant.kv.get([], "k")).toBeUndefined();
  await tenant.kv.put([], "k", 1);
  expect(await tenant.kv.get([], "k")).toBe(1);
});
