import { deepStrictEqual, equal, ok, rejects } from "node:assert/strict";
import diagnosticsChannel from "node:diagnostics_channel";
import { statSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { HoldfastError, open } from "holdfast";

// A process whose threads die while it works: it ends them at moments that its seed chooses. Each job can be begun again, as
// libsql may end the process where a thread dies while it makes a row.

const { url, driver, job, seed } = JSON.parse(process.argv[2]);

/** The threads that were started, the last one at the end. */
const threads = [];
diagnosticsChannel.subscribe("worker_threads", ({ worker }) => threads.push(worker));

let state = seed >>> 0;
const db = await open(url, { driver, sweep: false });
const tenant = db.tenant("acme");
await { commit, erase, archive, inspect }[job]();
deepStrictEqual((await db.doctor()).findings, []);
await db.close();

/** Each of 60 appends is stored once, though the writer dies again and again. */
async function commit() {
  const append = async (index) => {
    for (;;) {
      const call = tenant.log.append(`log-${index % 3}`, [{ kind: "note", index }], { operationId: `append-${index}` });
      if ((await endedOrDied(call)) === "ended") return;
    }
  };
  for (let index = 0; index < 60; index += 10) {
    const batch = Array.from({ length: 10 }, (_, each) => append(index + each));
    await killLastThread();
    await Promise.all(batch);
  }
}

/** What was recorded before the writer died is completed by the next sweep. */
async function erase() {
  for (let thread = 0; thread < 4; thread++) {
    const events = Array.from({ length: 50 }, (_, index) => ({ kind: "note", index }));
    await tenant
      .write(
        (w) => {
          w.messages.createThread({ id: `thread-${thread}`, userId: "u1" });
          w.log.append(`thread-${thread}`, events);
        },
        { operationId: `fill-${thread}` },
      )
      .catch(ignoreErased);
  }
  // One that died before it had recorded the erasure has left nothing to complete. Each lives longer than the one before: on a
  // busy machine they would all die so.
  for (let mostTurns = 40; (await tenant.listErasures()).items.length === 0; mostTurns *= 1.5) {
    const erasing = endedOrDied(tenant.eraseUser("u1"));
    await killLastThread(mostTurns);
    await erasing;
    await db.sweep();
  }
}

/** No entry is lost, and none is in both tiers. */
async function archive() {
  const head = 3000;
  const events = Array.from({ length: head }, (_, index) => ({ kind: "note", index }));
  await tenant.log.append("t", events, { operationId: "fill" });
  for (let watermark = 0; watermark < head;) {
    const archiving = endedOrDied(tenant.log.archiveBefore("t", head));
    await killLastThread();
    await archiving;
    ({ watermark } = await tenant.log.head("t"));
    equal((await all(tenant.log.loadArchived("t", { limit: 1000 }))).length, watermark);
    equal((await all(tenant.log.loadSince("t", 0, { limit: 1000 }))).length, head - watermark);
    if (watermark < head && random() < 0.5) await tenant.log.archiveBefore("t", watermark + 500);
  }
}

/** What looks into the store dies, and the store goes on. */
async function inspect() {
  await tenant.kv.put([], "k", "x".repeat(500_000));
  for (const call of [() => db.doctor(), () => db.stats(), () => db.backup(`${url.slice("sqlite:".length)}-backup`)]) {
    const before = threads.length;
    const called = rejects(call(), (error) => error instanceof HoldfastError && error.code === "UNAVAILABLE");
    while (threads.length === before) await turn();
    await threads.at(-1).terminate();
    await called;
  }
}

/** How a write ended whose thread may have died: it was done, or nobody knows. */
async function endedOrDied(call) {
  try {
    await call;
    return "ended";
  } catch (error) {
    ok(error instanceof HoldfastError, error);
    deepStrictEqual([error.code, error.outcome, error.retryable], ["UNAVAILABLE", "unknown", true], error.message);
    return "died";
  }
}

/** Ends the thread that was started last: after some time, or while its commit is on the way to the disk. */
async function killLastThread(mostTurns = 40) {
  if (random() < 0.5) for (let turns = Math.floor(random() * mostTurns); turns > 0; turns--) await turn();
  else untilLogGrows();
  // A reply that is on its way says that nothing is under way any more, and then the thread keeps no process alive.
  const alive = setInterval(() => {}, 1000);
  await threads.at(-1).terminate();
  clearInterval(alive);
}

/** Keeps this thread busy meanwhile, so that it is not told that the commit is done. */
function untilLogGrows() {
  const log = `${url.slice("sqlite:".length)}-wal`;
  const sizeOf = () => statSync(log, { throwIfNoEntry: false })?.size;
  const before = sizeOf();
  const until = Date.now() + 50;
  while (sizeOf() === before && Date.now() < until);
}

/** From 0 to 1 (a linear congruential generator: what it chooses need not be good, only the same again). */
function random() {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
}

function ignoreErased(error) {
  if (error.code !== "NOT_FOUND") throw error;
}

async function all(items) {
  const collected = [];
  for await (const item of items) collected.push(item);
  return collected;
}
