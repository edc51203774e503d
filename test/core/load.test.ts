import { open } from "holdfast";
import { expect, it } from "vitest";
import { engines } from "../support/engines.js";

it("load counts commits and the groups in which they were sent, and what waits for its own", async () => {
  await using db = await open("memory:");
  const { kv } = db.tenant("acme");
  const idle = { commits: 0, groups: 0, waitingCommits: 0, tails: 0 };
  expect(db.load()).toEqual(idle);
  const writing = Promise.all([1, 2, 3].map((key) => kv.put([], String(key), 1)));
  // A call waits for its turn before its commit waits for its group.
  await Promise.resolve();
  expect(db.load()).toEqual({ ...idle, waitingCommits: 3 });
  await writing;
  await kv.put([], "4", 1);
  expect(db.load()).toEqual({ ...idle, commits: 4, groups: 2 });
});

it("load counts tails until they end", async () => {
  await using db = await open("memory:");
  const { log } = db.tenant("acme");
  await log.append("t1", [{ kind: "note" }], { userId: "u1" });
  for await (const entry of log.tail("t1", { after: 0 })) {
    expect(entry.ordinal).toBe(1);
    expect(db.load().tails).toBe(1);
    break;
  }
  expect(db.load().tails).toBe(0);
});

it.each(engines)("load says how many connections $name has, if it has any", async ({ name, openTemporary }) => {
  await using store = await openTemporary();
  const { db } = store;
  await db.tenant("acme").kv.put([], "k", 1);
  const { connections } = db.load();
  const isKnown = expect.objectContaining({ open: expect.any(Number), waiting: 0 });
  expect(connections).toEqual(name === "postgres" ? isKnown : undefined);
  expect((connections?.open ?? 1) > 0).toBe(true);
});
