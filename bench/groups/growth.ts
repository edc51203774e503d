import type { Holdfast } from "holdfast";
import type { Bench } from "../bench.js";
import { rateOf, rateOfCalls, rateOfCallers } from "../measure.js";
import {
  Population,
  messageId,
  namespaceName,
  openMessages,
  openRawMessages,
  threadId,
  userId,
} from "../messages-store.js";
import type { RawStore } from "../raw-store.js";

const small = 10_000;

/** How many messages the large store has. */
export function messagesIn({ setting }: Bench): number {
  if (setting.quick) return setting.payloadBytes > 1000 ? 20_000 : 50_000;
  return setting.payloadBytes > 1000 ? 100_000 : 1_000_000;
}

/** One of `count`: scattered, and for one index always the same. */
export function pick(index: number, count: number): number {
  return (index * 7_368_787) % count;
}

/** The first index of a round: no round reads what the one before has left in the caches. */
export function firstOf(round: number): number {
  return round * 1_000_003;
}

/** The same calls on a small store and on a large one. Holdfast is compared with itself. */
export async function measureGrowth(bench: Bench): Promise<void> {
  const large = messagesIn(bench);
  await using smallDb = await openMessages(bench, small);
  await using largeDb = await openMessages(bench, large);
  await measureRawGrowth(bench, large);
  for (const { what, atMost, rate } of calls(bench)) {
    const rates = await bench.interleave({
      small: (round) => rate(smallDb, new Population(small), round),
      large: (round) => rate(largeDb, new Population(large), round),
    });
    bench.report({
      what: `${what}, from ${small} to ${large} messages`,
      base: rates.small,
      holdfast: rates.large,
      value: rates.small / rates.large,
      unit: "x",
      bound: { atMost },
    });
  }
}

/** The raw driver's own growth, of which no store on top of it can be free. */
async function measureRawGrowth(bench: Bench, large: number): Promise<void> {
  const smallRaw = await openRawMessages(bench, small);
  const largeRaw = await openRawMessages(bench, large);
  const rateIn = (raw: RawStore, messages: number, round: number): number =>
    rateOf((index) => raw.getMessage(messageId(pick(index, messages))), bench.roundMs / 2, firstOf(round));
  const rates = await bench.interleave({
    small: (round) => rateIn(smallRaw, small, round),
    large: (round) => rateIn(largeRaw, large, round),
  });
  smallRaw.close();
  largeRaw.close();
  bench.report({
    what: `reading a message by the raw driver, from ${small} to ${large}`,
    base: rates.small,
    value: rates.small / rates.large,
    unit: "x",
  });
}

interface Grown {
  readonly what: string;
  /** How many times as long it may take in the large store. */
  readonly atMost: number;
  rate(db: Holdfast, population: Population, round: number): Promise<number>;
}

function calls(bench: Bench): readonly Grown[] {
  type Work = (db: Holdfast, population: Population, index: number) => Promise<unknown>;
  const read = (what: string, work: Work): Grown => ({
    what,
    atMost: 1.3,
    rate: (db, population, round) =>
      rateOfCallers(1, (index) => work(db, population, index), bench.roundMs / 2, firstOf(round)),
  });
  const acme = (db: Holdfast): ReturnType<Holdfast["tenant"]> => db.tenant("acme");
  return [
    read("getMessage", (db, { messages }, index) => acme(db).messages.getMessage(messageId(pick(index, messages)))),
    read("last 50 messages", (db, { threads }, index) =>
      acme(db).messages.listMessages(threadId(pick(index, threads)), { order: "desc", limit: 50 }),
    ),
    read("listThreads", (db, { users }, index) => acme(db).messages.listThreads(userId(pick(index, users)))),
    read("kv.list", (db, { namespaces }, index) =>
      acme(db).kv.list(["memories", namespaceName(pick(index, namespaces))]),
    ),
    read("kv.listNamespaces", (db) => acme(db).kv.listNamespaces(["memories"], { limit: 10 })),
    {
      what: "createMessage by 16 callers",
      atMost: 2,
      // So few that the small store stays small.
      rate: (db, { threads }) =>
        rateOfCalls(16, 500, (index) =>
          acme(db).messages.createMessage({
            threadId: threadId(pick(index, threads)),
            role: "assistant",
            content: bench.payload(index),
          }),
        ),
    },
  ];
}
