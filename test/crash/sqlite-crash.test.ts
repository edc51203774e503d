import { deepStrictEqual, equal, ok } from "node:assert/strict";
import { open } from "holdfast";
import type { Holdfast, Tenant } from "holdfast";
import { test } from "vitest";
import { Connection } from "../../dist/backends/sqlite/connection.js";
import { loadDriver } from "../../dist/backends/sqlite/drivers.js";
import { collect } from "../support/collect.js";
import { seededRandom } from "../support/seeded-random.js";
import { sqliteDriver } from "../support/sqlite-driver.js";
import { temporaryFile } from "../support/temporary-file.js";
import type { TemporaryFile } from "../support/temporary-file.js";
import { runAndKill } from "./killed-process.js";
import type { KillPlan } from "./killed-process.js";
import { noteOf } from "./note.mjs";
import { contentOf, eventsPerTurn, operationIdOf, writeTurn } from "./turn.mjs";
import type { Session } from "./turn.mjs";

const kills = Number(process.env["HOLDFAST_CRASH_KILLS"] ?? 20);
const seed = Number(process.env["HOLDFAST_CRASH_SEED"] ?? Date.now());

const sessions: readonly Session[] = ["acme", "globex"].flatMap((tenantId) =>
  ["refund", "address"].map((subject) => ({ tenantId, threadId: `${tenantId}/${subject}`, userId: `${subject}-user` })),
);

test("A killed writer loses no turn that was acknowledged, and leaves none in part", { timeout: 300_000 }, async () => {
  await using file = await temporaryFile();
  const random = seededRandom(seed);
  const turns = sessions.map(() => 0);
  for (let kill = 1; kill <= kills; kill++) {
    const plan = killPlan(random, 120);
    const resumed = sessions.map((session, index) => ({ ...session, firstTurn: turns[index]! + 1 }));
    const lines = await runAndKill("writer.mjs", { url: file.url, ...sqliteDriver, sessions: resumed }, plan);
    for (const [index, turn] of lines.map((line) => line.split(" ").map(Number) as [number, number])) {
      turns[index] = turn;
    }
    await afterKill(`kill ${kill}, ${JSON.stringify(plan)}`, file, async (db) => {
      for (const [index, session] of sessions.entries()) {
        turns[index] = await checkAndRetry(db.tenant(session.tenantId), session, turns[index]!);
      }
    });
  }
});

test("A killed archiver loses no entry, and leaves none in both tiers", { timeout: 300_000 }, async () => {
  await using file = await temporaryFile();
  const random = seededRandom(seed);
  const threadId = "notes";
  let head = 0;
  let watermark = 0;
  for (let kill = 1; kill <= Math.ceil(kills / 2); kill++) {
    const plan = killPlan(random, 6);
    const lines = await runAndKill("archiver.mjs", { url: file.url, ...sqliteDriver, threadId, head }, plan);
    for (const [what, ordinal] of lines.map((line) => line.split(" ") as [string, string])) {
      if (what === "head") head = Number(ordinal);
      else watermark = Number(ordinal);
    }
    await afterKill(`kill ${kill}, ${JSON.stringify(plan)}`, file, async (db) => {
      const found = await checkTiers(db.tenant("tenant"), threadId);
      ok(found.head >= head, `The head was ${head}, and is ${found.head}.`);
      ok(found.watermark >= watermark, `The watermark was ${watermark}, and is ${found.watermark}.`);
      ({ head, watermark } = found);
    });
  }
});

/** Checks a session, and retries the turn that may or may not be stored: twice, so that it is stored once. Gives the turns there are. */
async function checkAndRetry(tenant: Tenant, session: Session, acknowledged: number): Promise<number> {
  const stored = await checkSession(tenant, session);
  ok(
    stored === acknowledged || stored === acknowledged + 1,
    `${session.threadId} has ${stored} turns, where ${acknowledged} were acknowledged and one more was under way.`,
  );
  const first = await writeTurn(tenant, session, acknowledged + 1);
  deepStrictEqual(await writeTurn(tenant, session, acknowledged + 1), first);
  equal(await checkSession(tenant, session), acknowledged + 1);
  return acknowledged + 1;
}

/** Checks that all four stores agree on which turns there are, and that each is whole. Gives their number. */
async function checkSession(tenant: Tenant, session: Session): Promise<number> {
  const { threadId, userId } = session;
  const entries = await collect(tenant.log.loadSince(threadId, 0));
  const turns = Math.ceil(entries.length / eventsPerTurn);
  const written = Array.from({ length: turns }, (_, index) => contentOf(session, index + 1));
  const events = written.flatMap((turn) => turn.events);
  const data = written.map((turn) => turn.data);
  deepStrictEqual(
    entries.map(({ event }) => event),
    events,
  );
  deepStrictEqual(
    entries.map(({ ordinal }) => ordinal),
    events.map((_, index) => index + 1),
  );
  deepStrictEqual(await tenant.log.head(threadId), { head: events.length, watermark: 0 });

  const messages = await collect(tenant.messages.listMessages(threadId));
  deepStrictEqual(
    messages.map(({ role, content }) => ({ role, content })),
    written.flatMap((turn) => turn.messages),
  );
  equal((await tenant.messages.getThread(threadId)) !== undefined, turns > 0);

  deepStrictEqual((await tenant.state.getLatest(userId))?.data, data.at(-1));
  const history = await collect(tenant.state.getHistory(userId));
  deepStrictEqual(
    history.map((snapshot) => snapshot.data),
    data.slice(-100).toReversed(),
  );

  const values = await collect(tenant.kv.entries(["turns", threadId]));
  deepStrictEqual(
    new Map(values.map(({ key, value }) => [key, value])),
    new Map(data.map((each) => [`turn-${each.turn}`, each])),
  );

  equal(await tenant.getOperation(operationIdOf(session, turns + 1)), undefined);
  if (turns > 0)
    equal((await tenant.getOperation(operationIdOf(session, turns)))?.operationId, operationIdOf(session, turns));
  return turns;
}

/** Checks that every entry up to the head is in the tier that the watermark says, once, and as it was appended. */
async function checkTiers(tenant: Tenant, threadId: string): Promise<{ head: number; watermark: number }> {
  const { head, watermark } = await tenant.log.head(threadId);
  const cold = await collect(tenant.log.loadArchived(threadId));
  const hot = await collect(tenant.log.loadSince(threadId, 0));
  equal(cold.length, watermark);
  const ordinals = Array.from({ length: head }, (_, index) => index + 1);
  deepStrictEqual(
    [...cold, ...hot].map(({ ordinal }) => ordinal),
    ordinals,
  );
  deepStrictEqual(
    [...cold, ...hot].map(({ event }) => event),
    ordinals.map(noteOf),
  );
  return { head, watermark };
}

/** When to kill: often in the middle of the work, sometimes while the store is being opened. */
function killPlan(random: () => number, mostLines: number): KillPlan {
  const isEarly = random() < 0.2;
  return isEarly
    ? { afterLines: 0, delayMs: 50 + random() * 250 }
    : { afterLines: 1 + Math.floor(random() * mostLines), delayMs: random() * 3 };
}

/** By the same client as the store: a second SQLite library in one process destroys the locks of the first. */
async function integrityOf(path: string): Promise<unknown> {
  const db = new Connection((await loadDriver(sqliteDriver.driver)).open(path));
  try {
    return db.get("PRAGMA integrity_check")?.[0];
  } finally {
    db.close();
  }
}

/** Reopens the store for checks. Of what fails it says after which kill it was, and with which seed the kills were chosen. */
async function afterKill(kill: string, file: TemporaryFile, checks: (db: Holdfast) => Promise<void>): Promise<void> {
  try {
    {
      await using db = await open(file.url, sqliteDriver);
      await checks(db);
    }
    equal(await integrityOf(file.path), "ok");
  } catch (error) {
    throw new Error(`After ${kill} (HOLDFAST_CRASH_SEED=${seed}): ${String(error)}`, { cause: error });
  }
}
