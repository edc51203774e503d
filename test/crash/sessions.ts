import { deepStrictEqual, equal, ok } from "node:assert/strict";
import type { Holdfast, Tenant } from "holdfast";
import { collect } from "../support/collect.js";
import { contentOf, eventsPerTurn, journal, operationIdOf, writeTurn } from "./programs/turn.mjs";
import type { Session } from "./programs/turn.mjs";

/** Sessions that a process writes turn by turn until it is killed, and the turns of each that were acknowledged. */
export class Sessions {
  readonly #sessions: readonly Session[];
  readonly #turns: number[];

  constructor(sessions: readonly Session[]) {
    this.#sessions = sessions;
    this.#turns = sessions.map(() => 0);
  }

  /** What the process is to go on with. */
  get resumed(): readonly (Session & { readonly firstTurn: number })[] {
    return this.#sessions.map((session, index) => ({ ...session, firstTurn: this.#turns[index]! + 1 }));
  }

  /** Takes note of the turns that the process printed; other lines are not for here. */
  acknowledge(lines: readonly string[]): void {
    for (const [what, index, turn] of lines.map((line) => line.split(" "))) {
      if (what === "turn") this.#turns[Number(index)] = Number(turn);
    }
  }

  /** Checks that every turn is whole, and that what was acknowledged is there. Changes nothing. */
  async check(db: Holdfast): Promise<void> {
    for (const [index, session] of this.#sessions.entries()) {
      const acknowledged = this.#turns[index]!;
      const stored = await checkSession(db.tenant(session.tenantId), session);
      ok(
        stored === acknowledged || stored === acknowledged + 1,
        `${session.threadId} has ${stored} turns, where ${acknowledged} were acknowledged and one more was under way.`,
      );
    }
  }

  /** Checks a copy of the store, which may have been made before the last turns: every turn in it is whole. */
  async checkCopy(db: Holdfast): Promise<void> {
    for (const [index, session] of this.#sessions.entries()) {
      const stored = await checkSession(db.tenant(session.tenantId), session);
      ok(stored >= this.#turns[index]!, `The copy has ${stored} turns, and ${this.#turns[index]} came before it.`);
    }
  }

  /** The same as `check`, and retries the turn that may or may not be stored: twice, so that it is stored once. */
  async checkAndRetry(db: Holdfast): Promise<void> {
    await this.check(db);
    for (const [index, session] of this.#sessions.entries()) {
      const tenant = db.tenant(session.tenantId);
      const turn = ++this.#turns[index]!;
      const first = await writeTurn(tenant, session, turn);
      deepStrictEqual(await writeTurn(tenant, session, turn), first);
      equal(await checkSession(tenant, session), turn);
    }
  }
}

/** Sessions of two tenants, a few of each. */
export function sessionsOf(writer: string, subjects: readonly string[], bulk: number = 1): readonly Session[] {
  return ["acme", "globex"].flatMap((tenantId) =>
    subjects.map((subject) => ({
      tenantId,
      threadId: `${tenantId}/${writer}/${subject}`,
      userId: `${writer}-${subject}`,
      bulk,
    })),
  );
}

/** Checks that all stores agree on which turns of a session there are, and that each is whole. Gives their number. */
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
  await checkJournal(tenant, session, turns);
  return turns;
}

/** Checks that the log which the sessions of a tenant share has no gap, and each turn of this one once and in order. */
async function checkJournal(tenant: Tenant, { threadId }: Session, turns: number): Promise<void> {
  const entries = await collect(tenant.log.loadSince(journal, 0));
  deepStrictEqual(
    entries.map(({ ordinal }) => ordinal),
    entries.map((_, index) => index + 1),
  );
  const noted = entries.map(({ event }) => event as unknown as { readonly threadId: string; readonly number: number });
  deepStrictEqual(
    noted.filter((event) => event.threadId === threadId).map(({ number }) => number),
    Array.from({ length: turns }, (_, index) => index + 1),
  );
}
