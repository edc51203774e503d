import type { LogEntry } from "holdfast";
import { checkGone, finishErasure } from "./erase.js";
import { Chain, messageText } from "./ledger.js";
import type { Ledger } from "./ledger.js";
import { LogReading, OwnEvents } from "./log-reading.js";
import { NumberedReading } from "./numbered-reading.js";
import { sharedUser } from "./people.js";
import type { Person, SharedLog } from "./people.js";
import { placeText, stampIn } from "./stamp.js";
import type { World } from "./world.js";

const atOnce = 8;

/** What must be in the store of one process. The first is what was acknowledged, the second what may be there besides. */
export interface Owed {
  readonly threads: number;
  readonly messages: number;
  readonly events: number;
  readonly mayBe: number;
}

/** Reads back everything that this process wrote, once nobody writes any more, and compares it with the ledgers. */
export async function readBack(world: World): Promise<void> {
  const { persons, sharedLogs } = world.people;
  await forEach(world, persons, (person) => readPerson(world, person));
  await forEach(world, sharedLogs, (shared) => readShared(world, shared));
  await forEach(world, sharedLogs, ({ tenant }) => readUsers(world, tenant));
}

export function owed({ people }: World): Owed {
  const { persons, sharedLogs } = people;
  const ledgers = [...persons, ...sharedLogs].map(({ ledger }) => ledger);
  return {
    threads: persons.filter(({ ledger }) => ledger.acknowledged > 0).length,
    messages: sum(ledgers.map(({ messages }) => messages.count)),
    events: sum(ledgers.map(({ events }) => events.count)),
    mayBe: sum(ledgers.map(({ unsettled }) => unsettled.size)),
  };
}

async function readPerson(world: World, person: Person): Promise<void> {
  const { people, findings } = world;
  if (person.leaving.signal.aborted) await finishErasure(world, person);
  for (let generation = 1; generation < person.generation; generation++) await checkGone(world, person, generation);
  const { tenant, thread, ledger } = person;
  if (ledger.begun === 0) return;
  const ledgers = { [people.writer]: ledger };
  const messages = await readMessages(world, person, ledgers);
  const events = await readLog(world, person, ledgers);
  for (const n of ledger.unsettled) {
    if (messages.has(n) === events.has(n)) continue;
    findings.add("altered", `${tenant}, ${thread}: write ${n}, of unknown outcome, is there in part`);
  }
  await readLatest(world, person);
}

/** The numbers of writes of unknown outcome that are there. */
async function readMessages(
  { db, people, findings }: World,
  person: Person,
  ledgers: Readonly<Record<string, Ledger>>,
): Promise<ReadonlySet<number>> {
  const { tenant, thread, ledger } = person;
  const reading = new NumberedReading({ tenant, thread }, "message", ledgers, findings);
  const chain = new Chain();
  const settled = new Set<number>();
  for await (const { id, content } of db.tenant(tenant).messages.listMessages(thread, { limit: 1000 })) {
    const stamp = reading.next(content);
    if (stamp?.writer !== people.writer) {
      if (stamp !== undefined) findings.add("crossed", `${placeText(person)}: a message of ${stamp.writer}`);
    } else if (ledger.unsettled.has(stamp.n)) settled.add(stamp.n);
    else chain.add(messageText(id, stamp.n, stamp.index));
  }
  reading.end();
  if (reading.isClean && !chain.equals(ledger.messages)) {
    findings.add("altered", `${placeText(person)}: messages have other ids than were acknowledged`);
  }
  return settled;
}

async function readLog(
  world: World,
  who: Person | SharedLog,
  ledgers: Readonly<Record<string, Ledger>>,
): Promise<ReadonlySet<number>> {
  const { tenant, thread, ledger } = who;
  const { people, findings } = world;
  const reading = new LogReading({ tenant, thread }, 0, ledgers, findings);
  const own = new OwnEvents(people.writer, ledger);
  for await (const entry of wholeLog(world, tenant, thread)) {
    const stamp = reading.next(entry);
    own.add(entry.ordinal, stamp);
    if ("generation" in who && stamp !== undefined && stamp.writer !== people.writer) {
      findings.add("crossed", `${placeText(who)}: an event of ${stamp.writer}`);
    }
  }
  reading.end();
  if (reading.isClean && !own.chain.equals(ledger.events)) {
    findings.add("altered", `${placeText(who)}: events have other ordinals than were acknowledged`);
  }
  return own.settled;
}

/** Both tiers of a log. */
async function* wholeLog({ db }: World, tenant: string, thread: string): AsyncGenerator<LogEntry> {
  const { log } = db.tenant(tenant);
  yield* log.loadArchived(thread, { limit: 1000 });
  yield* log.loadSince(thread, 0, { limit: 1000 });
}

/** State and entry must be of the last turn, or of a later one of unknown outcome; and the thread listed, alone. */
async function readLatest({ db, findings }: World, person: Person): Promise<void> {
  const { tenant, thread, user, ledger } = person;
  const { state, fact, threads } = await db.tenant(tenant).read((r) => ({
    state: r.state.getLatest(user),
    fact: r.kv.get(["facts", user], "last turn"),
    threads: r.messages.listThreads(user, { includeDeleted: true, limit: 10 }),
  }));
  for (const [what, value] of Object.entries({ state: state?.data, entry: fact })) {
    const stamp = stampIn(value);
    const n = stamp?.n ?? 0;
    const may = n === ledger.acknowledged || ledger.unsettled.has(n);
    if (!may) findings.add(n < ledger.acknowledged ? "lost" : "altered", `${placeText(person)}: ${what} of turn ${n}`);
    if (stamp !== undefined && stamp.tenant !== tenant) {
      findings.add("crossed", `${placeText(person)}: ${what} of ${placeText(stamp)}`);
    }
  }
  if (threads.items.length > 1) findings.add("doubled", `${placeText(person)}: ${threads.items.length} threads`);
  for (const { id, title } of threads.items) {
    if (id !== thread || title !== tenant)
      findings.add("crossed", `${placeText(person)}: thread ${id} of ${String(title)}`);
  }
}

async function readShared(world: World, shared: SharedLog): Promise<void> {
  await readLog(world, shared, { [world.people.writer]: shared.ledger });
}

/** Who has something in a tenant: of this process's users exactly those who should. */
async function readUsers({ db, people, findings }: World, tenant: string): Promise<void> {
  const own = people.persons.filter((person) => person.tenant === tenant);
  const users = new Set<string>();
  for await (const user of db.tenant(tenant).listUsers({ limit: 1000 })) users.add(user);
  for (const { user, ledger } of own) {
    const isThere = users.delete(user);
    if (!isThere && ledger.acknowledged > 0) findings.add("lost", `${tenant}: ${user} is not listed`);
    if (isThere && ledger.begun === 0) findings.add("crossed", `${tenant}: ${user}, who never wrote there, is listed`);
  }
  for (const user of users) {
    if (user === sharedUser || !user.includes(`of ${people.writer},`)) continue;
    findings.add("erasure", `${tenant}: ${user} is listed, and was erased or never there`);
  }
}

/** Does something with each, a few at once. What cannot be read is one more finding, and the others are read all the same. */
async function forEach<T extends { readonly tenant: string }>(
  { findings }: World,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = items.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const item of left) {
        await work(item).catch((error: unknown) => {
          findings.add("refused", `${item.tenant}: reading back: ${String(error)}`);
        });
      }
    }),
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
