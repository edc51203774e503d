import { deepStrictEqual, equal, ok, rejects } from "node:assert/strict";
import { open } from "holdfast";
import type { CallOptions, Holdfast, HoldfastError, Tenant, WriteOptions } from "holdfast";
import { check } from "holdfast/conformance";
import type { RuleResult } from "holdfast/conformance";
import { failingStore, manualClock, sequentialIds } from "holdfast/testing";
import type { FailingStore } from "holdfast/testing";
import { beforeEach, describe, test } from "vitest";
import { calls } from "../../dist/conformance/calls.js";
import { dump, seed } from "../../dist/conformance/fixture.js";
import { methodOf } from "../../dist/conformance/methods.js";
import type { MethodName } from "../../dist/conformance/methods.js";
import { collect } from "../support/collect.js";

type Write = (tenant: Tenant, options?: WriteOptions) => Promise<unknown>;

const isWrite = (name: string): boolean => ["recorded", "write", "step"].includes(methodOf(name as MethodName).kind);

/** Every way to write: each writing method, and those that take a function also with one. */
const writes: readonly (readonly [string, Write])[] = [
  ...Object.entries(calls).filter(([name]) => isWrite(name)),
  ["messages.updateThread, a function", (t, o) => t.messages.updateThread("thread-1", () => ({ title: "new" }), o)],
  ["messages.updateMessage, a function", (t, o) => t.messages.updateMessage("message-1", () => ({ content: "n" }), o)],
  ["state.upsertLatest, a function", (t, o) => t.state.upsertLatest("user-1", () => ({ source: "mixed" }), o)],
];
const reads = Object.entries(calls).filter(([name]) => !isWrite(name) && name !== "state.healthCheck");

const refused = { code: "UNAVAILABLE", outcome: "none", retryable: true };
const lost = { code: "UNAVAILABLE", outcome: "unknown", retryable: true };

let store: FailingStore;
let tenant: Tenant;
let behind: Tenant;

beforeEach(async () => {
  const db = await openSeeded();
  store = failingStore(db);
  tenant = store.tenant("acme");
  behind = db.tenant("acme");
  return () => store.close();
});

test("A store that is not told to fail keeps every rule", { timeout: 60_000 }, async () => {
  const failed: RuleResult[] = [];
  const subject = {
    name: "failing",
    durable: false,
    open: async (options: object) => failingStore(await open("memory:", options)),
  };
  const { passed } = await check(subject, { onResult: (result) => result.status === "failed" && failed.push(result) });
  deepStrictEqual(failed, []);
  ok(passed > 100);
});

describe.each(writes)("%s", (_, write) => {
  test("is a commit: refused, it leaves no trace, and the next one is made", async () => {
    const before = await dump(behind);
    store.refuseCommit();
    await rejects(write(tenant), refused);
    deepStrictEqual(await dump(behind), before);
    equal(store.commits, 1);
    await write(tenant);
    equal(store.commits, 2);
  });

  test("is stored as ever where its answer is lost", async () => {
    store.loseAnswer();
    await rejects(write(tenant), lost);
    await using other = await openSeeded();
    await write(other.tenant("acme"));
    deepStrictEqual(await dump(behind), await dump(other.tenant("acme")));
  });

  test("that is held reaches the store when it is released", async () => {
    const before = await dump(behind);
    const held = store.holdCommit();
    const writing = write(tenant);
    await held.arrived;
    deepStrictEqual(await dump(behind), before);
    held.release();
    await writing;
  });

  test.each<[string, () => CallOptions]>([
    ["CANCELLED", () => ({ signal: abortedSoon() })],
    ["DEADLINE_EXCEEDED", () => ({ deadline: Date.now() + 5 })],
  ])("that is held rejects with %s where its caller gives up, and is never stored", async (code, options) => {
    const before = await dump(behind);
    const held = store.holdCommit();
    await rejects(write(tenant, options()), { code, ...(code === "CANCELLED" && { name: "AbortError" }) });
    held.release();
    deepStrictEqual(await dump(behind), before);
  });
});

describe("Commits", () => {
  test("are counted over all tenants, from the command on, and not where they read", async () => {
    await put("a");
    store.refuseCommit(3);
    await put("b");
    for (const [, read] of reads) await read(tenant);
    await store.tenant("globex").kv.put(["n"], "k", "c");
    await rejects(put("d"), refused);
    await put("e");
    equal(store.commits, 5);
  });

  test("are those of tokens, too", async () => {
    const token = { tenantId: "acme", scopes: ["read"] } as const;
    store.refuseCommit();
    await rejects(store.tokens.create(token), refused);
    deepStrictEqual((await store.tokens.list()).items, []);
    const { id, secret } = await store.tokens.create(token);
    store.refuseRead();
    await rejects(store.tokens.verify(secret), { code: "UNAVAILABLE" });
    store.loseAnswer();
    await rejects(store.tokens.revoke(id), lost);
    equal(await store.tokens.verify(secret), undefined);
    equal(store.commits, 3);
  });

  test("that are refused one after the other are told so one by one", async () => {
    for (const nth of [1, 2, 3]) store.refuseCommit(nth);
    for (const value of ["a", "b", "c"]) await rejects(put(value), refused);
    await put("d");
    equal(await behind.kv.get(["n"], "k"), "d");
  });

  test("whose answer is lost are stored, and repeated with their operationId give it", async () => {
    store.loseAnswer();
    const append = () => tenant.log.append("once", [{ kind: "note" }], { operationId: "turn-1" });
    await rejects(append(), lost);
    equal((await append()).head, 1);
    equal((await behind.log.head("once")).head, 1);
  });

  test("that the store refuses are refused by it, also where their answer was to be lost", async () => {
    store.loseAnswer();
    await rejects(tenant.kv.put(["prefs", "user-1"], "tone", "x", { expectedRevision: 0 }), { code: "CONFLICT" });
    await put("a");
  });

  test("that are held are overtaken", async () => {
    const held = store.holdCommit();
    const first = put("first");
    await put("second");
    held.release();
    await first;
    equal(await behind.kv.get(["n"], "k"), "first");
  });

  test("that were released before they came are not held", async () => {
    store.holdCommit().release();
    await put("a");
  });

  test("that are held when the store is closed are refused with CLOSED", async () => {
    const held = store.holdCommit();
    const writing = rejects(put("a"), { code: "CLOSED" });
    await held.arrived;
    await store.close();
    await writing;
  });

  test("suffer everything that they were told, in its order", async () => {
    const held = store.holdCommit();
    store.loseAnswer();
    const writing = rejects(put("a"), lost);
    await held.arrived;
    equal(await behind.kv.get(["n"], "k"), undefined);
    held.release();
    await writing;
    equal(await behind.kv.get(["n"], "k"), "a");
  });

  test("can each be failed in turn, with what a run made of them", async () => {
    const run = async (): Promise<void> => {
      await put("a");
      await tenant.log.append("run", [{ kind: "note" }]);
    };
    await run();
    const { commits } = store;
    for (let nth = 1; nth <= commits; nth++) {
      store.refuseCommit(nth);
      await rejects(run(), refused);
    }
    equal((await behind.log.head("run")).head, 1);
  });
});

describe("Reads", () => {
  test.each(reads)("%s can be refused", async (_, read) => {
    store.refuseRead();
    await rejects(read(tenant), (error: HoldfastError) => error.code === "UNAVAILABLE" && error.outcome === undefined);
    await read(tenant);
  });

  test("are counted apart from commits, and a list is one, however many pages it has", async () => {
    for (const key of ["a", "b", "c"]) await tenant.kv.put(["paged"], key, key);
    store.refuseRead(2);
    deepStrictEqual(await collect(tenant.kv.list(["paged"], { limit: 1 })), ["a", "b", "c"]);
    await put("d");
    await rejects(collect(tenant.kv.list(["paged"])), { code: "UNAVAILABLE" });
  });

  test("leave health checks alone", async () => {
    store.refuseRead();
    equal(await tenant.state.healthCheck(), true);
    await store.healthCheck();
    await rejects(tenant.kv.get(["n"], "k"), { code: "UNAVAILABLE" });
  });
});

test.each([0, -1, 1.5, NaN, "1" as unknown as number])("There is no commit or read number %s", (nth) => {
  for (const command of ["refuseCommit", "holdCommit", "loseAnswer", "refuseRead"] as const) {
    let thrown: unknown;
    try {
      store[command](nth);
    } catch (error) {
      thrown = error;
    }
    const { code, details } = thrown as HoldfastError;
    deepStrictEqual([code, details], ["INVALID_ARGUMENT", { path: "nth" }]);
  }
});

function put(value: string): Promise<unknown> {
  return tenant.kv.put(["n"], "k", value);
}

function abortedSoon(): AbortSignal {
  const controller = new AbortController();
  setImmediate(() => controller.abort());
  return controller.signal;
}

/** A store whose content depends on nothing but the calls that were made. */
async function openSeeded(): Promise<Holdfast> {
  const db = await open("memory:", { clock: manualClock(1_700_000_000_000), newId: sequentialIds() });
  await seed(db.tenant("acme"));
  return db;
}
