import type { Holdfast } from "holdfast";
import { firstOf } from "../../groups/growth.js";
import { rateOfCallers, rateOfCalls } from "../../measure.js";
import { namespaceName } from "../../messages-store.js";
import type { PostgresBench } from "../bench.js";
import type { RawPostgres } from "../raw-postgres.js";
import { openTenants, placeOf, tenantsOf } from "../tenants-store.js";
import type { Place } from "../tenants-store.js";

const small = 10_000;

/** The same calls on a small store and on a large one. Holdfast is compared with itself. */
export async function measureGrowth(bench: PostgresBench): Promise<void> {
  const large = bench.size(5_000_000, 200_000);
  await using smallDb = await openTenants(bench, "small", small);
  await using largeDb = await openTenants(bench, "large", large);
  await measureRawGrowth(bench, large);
  for (const { what, atMost, rate } of calls(bench)) {
    const rates = await bench.interleave({
      small: (round) => rate(smallDb, small, round),
      large: (round) => rate(largeDb, large, round),
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

/** The raw side's own growth, of which no store on top of it can be free: the tables of the stores, as their owner. */
async function measureRawGrowth(bench: PostgresBench, large: number): Promise<void> {
  const smallRaw = await bench.openRaw("small");
  await smallRaw.copyFrom(bench.schemaOf("small"));
  const largeRaw = await bench.openRaw("large");
  await largeRaw.copyFrom(bench.schemaOf("large"));
  const rateIn = (raw: RawPostgres, messages: number) => (round: number) =>
    rateOfCallers(1, (index) => readRaw(raw, placeOf(index, messages)), bench.roundMs, firstOf(round));
  const rates = await bench.interleave({ small: rateIn(smallRaw, small), large: rateIn(largeRaw, large) });
  await smallRaw.close();
  await largeRaw.close();
  bench.report({
    what: `reading a message by pg, from ${small} to ${large}`,
    base: rates.small,
    value: rates.small / rates.large,
    unit: "x",
  });
}

function readRaw(raw: RawPostgres, { tenant, messageId }: Place): Promise<unknown> {
  return raw.getMessage(tenant, messageId);
}

interface Grown {
  readonly what: string;
  /** How many times as long it may take in the large store. */
  readonly atMost: number;
  rate(db: Holdfast, messages: number, round: number): Promise<number>;
}

function calls(bench: PostgresBench): readonly Grown[] {
  const read = (what: string, work: (db: Holdfast, place: Place) => Promise<unknown>): Grown => ({
    what,
    atMost: 1.5,
    rate: (db, messages, round) =>
      rateOfCallers(1, (index) => work(db, placeOf(index, messages)), bench.roundMs, firstOf(round)),
  });
  return [
    read("getMessage", (db, { tenant, messageId }) => db.tenant(tenant).messages.getMessage(messageId)),
    read("last 50 messages", (db, { tenant, threadId }) =>
      db.tenant(tenant).messages.listMessages(threadId, { order: "desc", limit: 50 }),
    ),
    read("listThreads", (db, { tenant, userId }) => db.tenant(tenant).messages.listThreads(userId)),
    read("kv.list", (db, { tenant, namespace }) => db.tenant(tenant).kv.list(["memories", namespaceName(namespace)])),
    read("kv.listNamespaces", (db, { tenant }) => db.tenant(tenant).kv.listNamespaces(["memories"], { limit: 10 })),
    {
      what: "append by 16 callers",
      atMost: 2,
      // So few that the small store stays small. In both, as many tenants are written to: else their groups differ.
      rate: (db, messages) =>
        rateOfCalls(16, 500, (index) => {
          const { threadId } = placeOf(index, messages);
          return db.tenant(`tenant-${index % tenantsOf(small)}`).log.append(threadId, [bench.payload(index)]);
        }),
    },
  ];
}
