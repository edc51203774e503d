import { randomUUID } from "node:crypto";
import { HoldfastError } from "../../contract/index.js";
import type { Holdfast, StoreInfo, StoreStats } from "../../contract/index.js";
import { open } from "../../open.js";
import { killWriter } from "./killed-writer.js";
import type { KilledWriter } from "./killed-writer.js";
import type { TourReport } from "./report.js";
import { isContiguous, readSession, wholeTurns } from "./stored-session.js";
import { eventsPerTurn, turnOf, writeTurn } from "./turn.js";
import type { TourSession } from "./turn.js";

export interface Played {
  readonly acme: TourSession;
  readonly globex: TourSession;
  readonly info: StoreInfo;
  readonly stats: StoreStats;
}

/** Plays the whole tour on the store at `url`. What is already there stays as it is. */
export async function playTour(url: string, report: TourReport): Promise<Played> {
  const run = randomUUID().slice(0, 8);
  const acme = { tenantId: "acme", userId: "ana", threadId: `tour-${run}-orders` };
  const globex = { tenantId: "globex", userId: "gus", threadId: `tour-${run}-flights` };
  {
    await using db = await open(url, { sweep: false });
    if (db.info().location === undefined) throw needsFile(url);
    await report.step(`Holdfast on ${url}`);
    await report.step(
      "1. Two tenants talk to their agents. Each turn is one commit: messages, log events, state and memory.",
    );
    for (const number of [1, 2]) for (const session of [acme, globex]) await playTurn(db, session, number, report);
  }
  const killed = await kill(url, acme, report);
  await using db = await open(url, { sweep: false });
  await verify(db, acme, killed, report);
  await goOn(db, acme, killed, report);
  await verifyTenants(db, acme, globex, report);
  return { acme, globex, info: db.info(), stats: await db.stats() };
}

const turnsBeforeKill = 2;

async function playTurn(db: Holdfast, session: TourSession, number: number, report: TourReport): Promise<void> {
  const turn = turnOf(session, number);
  await report.say("");
  await report.say(`${session.tenantId}, ${session.userId}: ${turn.question}`);
  await report.say(`  → ${turn.tool} ${JSON.stringify(turn.input)}`);
  await report.say(`  ← ${JSON.stringify(turn.result)}`);
  await report.say(`  ${turn.answer}`);
  const { head } = await writeTurn(db.tenant(session.tenantId), session, turn);
  await report.say(`  committed: turn ${number}, log entries ${head - eventsPerTurn + 1} to ${head}`);
}

async function kill(url: string, session: TourSession, report: TourReport): Promise<Required<KilledWriter>> {
  await report.step("2. Another process goes on with the session of acme, and is killed in the middle of a turn.");
  let lastAcknowledged = turnsBeforeKill;
  for (;;) {
    const killed = await killWriter(url, session, lastAcknowledged + 1);
    lastAcknowledged = killed.lastAcknowledged ?? lastAcknowledged;
    const { pid, lastBegun } = killed;
    await report.say(
      `process ${pid} was told that turns up to ${lastAcknowledged} are stored; then SIGKILL, with turn ${lastBegun} begun`,
    );
    if (lastBegun > lastAcknowledged) return { ...killed, lastAcknowledged };
    await report.say("that was between two turns; once more");
  }
}

async function verify(
  db: Holdfast,
  session: TourSession,
  killed: Required<KilledWriter>,
  report: TourReport,
): Promise<void> {
  await report.step("3. The store is opened again.");
  const { lastAcknowledged, lastBegun } = killed;
  const stored = await readSession(db.tenant(session.tenantId), session);
  const turns = wholeTurns(session, stored);
  const fate = turns === lastBegun ? "had become durable, so it is there as a whole" : "is not there, not even in part";
  await report.check(
    `all ${lastAcknowledged} acknowledged turns are there, word for word`,
    turns !== undefined && turns >= lastAcknowledged,
  );
  await report.check(
    `turn ${lastBegun}, which nobody acknowledged, ${fate}`,
    turns === lastBegun || turns === lastBegun - 1,
  );
  await report.check(`the log's ordinals are 1 to ${stored.head}, none missing, none twice`, isContiguous(stored));
  await report.check(
    `state and memory stand at turn ${turns}, like messages and log`,
    stored.stateTurn === turns && stored.memoryTurn === turns,
  );
}

async function goOn(
  db: Holdfast,
  session: TourSession,
  { lastBegun }: KilledWriter,
  report: TourReport,
): Promise<void> {
  await report.step("4. The session goes on where it was.");
  const tenant = db.tenant(session.tenantId);
  const retried = await writeTurn(tenant, session, turnOf(session, lastBegun));
  const repeated = await writeTurn(tenant, session, turnOf(session, lastBegun));
  const isOnce = retried.head === lastBegun * eventsPerTurn && repeated.head === retried.head;
  await report.check(
    `turn ${lastBegun}, sent twice more with its operation id, is stored once, up to ordinal ${retried.head}`,
    isOnce,
  );

  const next = await writeTurn(tenant, session, turnOf(session, lastBegun + 1));
  const stored = await readSession(tenant, session);
  const isWhole = wholeTurns(session, stored) === lastBegun + 1 && isContiguous(stored);
  await report.check(
    `turn ${lastBegun + 1} follows at ordinal ${next.head - eventsPerTurn + 1}; all ${lastBegun + 1} turns are whole`,
    isWhole,
  );
}

async function verifyTenants(db: Holdfast, acme: TourSession, globex: TourSession, report: TourReport): Promise<void> {
  await report.step("5. What acme has does not exist for globex.");
  const tenant = db.tenant(globex.tenantId);
  const seen = await tenant.read((reader) => ({
    thread: reader.messages.getThread(acme.threadId, { includeDeleted: true }),
    messages: reader.messages.listMessages(acme.threadId, { includeDeleted: true }),
    state: reader.state.getLatest(acme.userId),
    log: reader.log.head(acme.threadId),
  }));
  const isHidden =
    seen.thread === undefined && seen.messages.items.length === 0 && seen.state === undefined && seen.log.head === 0;
  await report.check(`globex asks for ${acme.threadId}: no thread, no message, no state, no log`, isHidden);
  const code = await codeOf(
    tenant.messages.createMessage({ threadId: acme.threadId, role: "user", content: "Hello?" }),
  );
  await report.check(`globex writes to it: ${code}`, code === "NOT_FOUND");
  const isUntouched = wholeTurns(globex, await readSession(tenant, globex)) === turnsBeforeKill;
  await report.check(`globex's own ${turnsBeforeKill} turns are as they were`, isUntouched);
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "OK";
  } catch (error) {
    if (error instanceof HoldfastError) return error.code;
    throw error;
  }
}

function needsFile(url: string): HoldfastError {
  return new HoldfastError(
    "UNSUPPORTED",
    `the tour kills the process that writes, and what ${url} has dies with it. Use sqlite:PATH.`,
  );
}
