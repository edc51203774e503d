import { open } from "holdfast";
import type { CallOptions, Holdfast } from "holdfast";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blocking } from "../support/blocking.js";
import type { Blocking } from "../support/blocking.js";
import { freshDatabase } from "../support/postgres.js";
import type { FreshDatabase } from "../support/postgres.js";
import { serveStore } from "./served-store.js";
import type { ServedStore } from "./served-store.js";

let database: FreshDatabase;
let served: ServedStore;
let others: Blocking;
let db: Holdfast;

beforeAll(async () => {
  database = await freshDatabase({ canCreateRoles: true });
  served = await serveStore(`${database.ownerUrl}?role=${database.name}_app&max=4`, { migrate: true });
  others = await blocking(database.superuserUrl);
  db = await open(served.url);
});

afterAll(async () => {
  await others[Symbol.asyncDispose]();
  await db.close();
  await served[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

type Call = (options: CallOptions) => Promise<unknown>;

/** Makes calls that wait for a lock on the server, interrupts them there, and resolves with what their callers hear. */
const interrupts: readonly {
  readonly how: string;
  readonly code: string;
  interrupt(calls: readonly Call[], waits: () => Promise<void>): Promise<readonly unknown[]>;
}[] = [
  {
    how: "aborted",
    code: "CANCELLED",
    async interrupt(calls, waits) {
      const aborting = new AbortController();
      const ended = calls.map((call) => call({ signal: aborting.signal }).catch((error: unknown) => error));
      await waits();
      aborting.abort();
      return Promise.all(ended);
    },
  },
  {
    how: "late",
    code: "DEADLINE_EXCEEDED",
    async interrupt(calls, waits) {
      const ended = calls.map((call) => call({ deadline: Date.now() + 2_000 }).catch((error: unknown) => error));
      await waits();
      return Promise.all(ended);
    },
  },
];

describe.each(interrupts)("a call that is $how", ({ how, code, interrupt }) => {
  it("does not go on on the server where it reads", async () => {
    const tenant = db.tenant(`read ${how}`);
    await tenant.kv.put([], "k", 1);
    await others.lockTable("kv");
    try {
      const [heard] = await interrupt([(options) => tenant.kv.get([], "k", options)], () => others.waiting(1));
      expect(heard).toMatchObject({ code, outcome: undefined });
      // While the lock is held: it would wait for that until the end of the test.
      await others.waiting(0);
    } finally {
      await others.unlock();
    }
    expect(await tenant.kv.get([], "k")).toBe(1);
  });

  it("does not go on on the server where it writes, and is unknown if it was sent", async () => {
    const tenant = db.tenant(`write ${how}`);
    await tenant.kv.put([], "first", 1);
    const put =
      (key: string): Call =>
      (options) =>
        tenant.kv.put([], key, 1, options);
    await others.lockTenants();
    let queued: Promise<unknown> = Promise.resolve();
    try {
      const waiting = async (): Promise<void> => {
        await others.waiting(1);
        // Behind what is on its way: never sent.
        const gone = AbortSignal.timeout(1);
        queued = put("queued")({ signal: gone }).catch((error: unknown) => error);
        await queued;
      };
      const heard = await interrupt([put("one"), put("two")], waiting);
      expect(heard).toMatchObject([
        { code, outcome: "unknown" },
        { code, outcome: "unknown" },
      ]);
      expect(await queued).toMatchObject({ code: "CANCELLED", outcome: "none" });
      await others.waiting(0);
    } finally {
      await others.unlock();
    }
    expect(await tenant.kv.getMany([], ["first", "one", "two", "queued"])).toEqual([
      1,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

it("a request goes on for those who still wait for what was sent in it", async () => {
  const tenant = db.tenant("group");
  await tenant.kv.put([], "first", 1);
  await others.lockTenants();
  const leaving = new AbortController();
  const left = tenant.kv.put([], "left", 1, { signal: leaving.signal }).catch((error: unknown) => error);
  const staying = tenant.kv.put([], "staying", 1);
  await others.waiting(1);
  leaving.abort();
  expect(await left).toMatchObject({ code: "CANCELLED", outcome: "unknown" });
  await others.unlock();
  expect(await staying).toMatchObject({ key: "staying" });
  expect(await tenant.kv.getMany([], ["left", "staying"])).toEqual([1, 1]);
});

it("a call is late on the server, too, where nobody can tell it that its caller has gone", async () => {
  const tenant = db.tenant("deaf");
  await tenant.kv.put([], "k", 1);
  // As a proxy does that keeps its own connection to the server.
  const deaf = await open(served.url, { fetch: (to, init) => fetch(to, { ...init, signal: null }) });
  await others.lockTable("kv");
  try {
    const late = Date.now() + 2_000;
    const read = deaf.tenant("deaf").kv.get([], "k", { deadline: late });
    await expect(read).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    await others.waiting(0);
    const write = deaf.tenant("deaf").kv.put([], "k", 2, { deadline: Date.now() + 2_000 });
    await expect(write).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED", outcome: "unknown" });
    await others.waiting(0);
  } finally {
    await others.unlock();
  }
  await deaf.close();
  expect(await tenant.kv.get([], "k")).toBe(1);
});
