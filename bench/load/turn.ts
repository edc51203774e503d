import type { Appended } from "holdfast";
import { finishErasure } from "./erase.js";
import { eventText, messageText } from "./ledger.js";
import type { Ledger } from "./ledger.js";
import type { Person, SharedLog } from "./people.js";
import { settledWrite } from "./settled-write.js";
import { placeText } from "./stamp.js";
import type { Stamp } from "./stamp.js";
import { resultOf } from "./world.js";
import type { World } from "./world.js";

const eventsOfTurn = 3;

/** For how long an entry is there that every turn writes: sweeps have something to remove. */
const shortMs = 2000;

interface TurnRequest {
  readonly n: number;
  readonly at: number;
  readonly beginsThread: boolean;
  readonly operationId: string | undefined;
}

interface TurnAnswer {
  readonly appended: Appended;
  readonly ids: readonly string[];
}

/** The next turn of the user's conversation. Every other one has an `operationId`. */
export function takeTurn(world: World, person: Person): Promise<void> {
  return person.turnstile.pass(() => turnNow(world, person));
}

/** The last turn with an `operationId` once more: the answer must be the same. Without one, the next turn. */
export function repeatTurn(world: World, person: Person): Promise<"repeat" | "turn"> {
  return person.turnstile.pass(async () => {
    const { lastTurn } = person;
    if (lastTurn === undefined || person.leaving.signal.aborted) {
      await turnNow(world, person);
      return "turn";
    }
    const answer = JSON.stringify(await writeTurn(world, person, lastTurn));
    if (answer !== lastTurn.answer) {
      const both = `${lastTurn.answer} and then ${answer}`;
      world.findings.add("doubled", `${placeText(person)}: ${lastTurn.operationId} was answered by ${both}`);
    }
    return "repeat";
  });
}

async function turnNow(world: World, person: Person): Promise<void> {
  if (person.leaving.signal.aborted) await finishErasure(world, person);
  const { ledger } = person;
  // Where an earlier first turn failed, it may have been stored all the same.
  const beginsThread = ledger.acknowledged === 0 && (ledger.begun === 0 || !(await hasThread(world, person)));
  const n = (ledger.begun += 1);
  const operationId = n % 2 === 0 ? `turn ${n} of ${person.thread}` : undefined;
  const request = { n, at: Date.now(), beginsThread, operationId };
  const answer = await settledWrite(ledger, n, operationId !== undefined, () => writeTurn(world, person, request));
  world.people.noteBegun(person);
  noteAppended(world, person, n, answer.appended, eventsOfTurn);
  answer.ids.forEach((id, index) => ledger.messages.add(messageText(id, n, index)));
  if (operationId !== undefined) person.lastTurn = { ...request, operationId, answer: JSON.stringify(answer) };
}

async function hasThread({ db }: World, { tenant, thread }: Person): Promise<boolean> {
  return (await db.tenant(tenant).messages.getThread(thread)) !== undefined;
}

async function writeTurn(world: World, person: Person, request: TurnRequest): Promise<TurnAnswer> {
  const { tenant, thread, user } = person;
  const { n, at, beginsThread, operationId } = request;
  const result = resultOf(n);
  const stamped = (index: number, of: number): Stamp => ({
    tenant,
    thread,
    writer: world.people.writer,
    n,
    index,
    of,
    at,
  });
  const { appended, asked, answered } = await world.db.tenant(tenant).write(
    (w) => {
      if (beginsThread) w.messages.createThread({ id: thread, userId: user, title: tenant });
      const asked = w.messages.createMessage({ threadId: thread, role: "user", content: stamped(0, 2) });
      const appended = w.log.append(thread, [
        { kind: "user_message", ...stamped(0, eventsOfTurn) },
        { kind: "tool_call", ...stamped(1, eventsOfTurn) },
        { kind: "tool_result", ...stamped(2, eventsOfTurn), result },
      ]);
      w.state.upsertLatest({ userId: user, source: "inferred", data: { ...stamped(0, 1), result } });
      w.kv.put(["facts", user], "last turn", stamped(0, 1), { userId: user });
      w.kv.put(["passing", user], `turn ${n % 5}`, stamped(0, 1), { userId: user, ttlMs: shortMs });
      const content = { ...stamped(1, 2), result };
      const answered = w.messages.createMessage({ threadId: thread, role: "assistant", content });
      return { appended, asked, answered };
    },
    { operationId },
  );
  return { appended, ids: [asked.id, answered.id] };
}

/** 1 to 3 events for a log that all processes write to. */
export function appendShared(world: World, shared: SharedLog): Promise<void> {
  return shared.turnstile.pass(async () => {
    const { tenant, thread, user, ledger } = shared;
    const n = (ledger.begun += 1);
    const of = 1 + (n % 3);
    const stamp = { tenant, thread, writer: world.people.writer, n, of, at: Date.now() };
    const events = Array.from({ length: of }, (_, index) => ({ kind: "note", ...stamp, index, result: resultOf(n) }));
    const append = (): Promise<Appended> => world.db.tenant(tenant).log.append(thread, events, { userId: user });
    const appended = await settledWrite(ledger, n, false, append);
    world.people.noteBegun(shared);
    noteAppended(world, shared, n, appended, of);
  });
}

/** Notes what was acknowledged, which must come after everything before. */
function noteAppended({ findings }: World, who: Person | SharedLog, n: number, appended: Appended, of: number): void {
  const { ledger } = who;
  const { firstOrdinal = 0, head } = appended;
  // In a conversation of one's own nothing comes in between but what may have been stored.
  const isAlone = "generation" in who && ledger.unsettled.size === 0;
  const isNext = isAlone ? firstOrdinal === ledger.head + 1 : firstOrdinal > ledger.head;
  if (!isNext || head !== firstOrdinal + of - 1) {
    const answered = `${of} events of write ${n} got the ordinals ${firstOrdinal} to ${head} after ${ledger.head}`;
    findings.add(firstOrdinal > ledger.head + 1 ? "doubled" : "lost", `${placeText(who)}: ${answered}`);
  }
  addEvents(ledger, firstOrdinal, n, of);
  ledger.head = head;
  ledger.acknowledged = n;
}

function addEvents(ledger: Ledger, firstOrdinal: number, n: number, of: number): void {
  for (let index = 0; index < of; index++) ledger.events.add(eventText(firstOrdinal + index, n, index));
}
