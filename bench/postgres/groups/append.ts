import type { Holdfast } from "holdfast";
import { rateOfCallers } from "../../measure.js";
import type { PostgresBench } from "../bench.js";
import type { RawPostgres } from "../raw-postgres.js";

const threads = 1000;
const threadsPerTenant = 8;

/** Where a call appends to. */
type Place = (index: number, caller: number) => readonly [tenant: string, threadId: string];

/** One event a call. The raw side writes each in a statement of its own, which is a transaction. */
export async function measureAppend(bench: PostgresBench): Promise<void> {
  await using db = await bench.openHoldfast("append");
  const raw = await bench.openRaw("append");
  for (const { what, callers, bound, place } of rows) {
    await appendOnce(bench, db, raw, callers, place);
    const rates = await bench.interleave({
      raw: () =>
        rateOfCallers(
          callers,
          (index, caller) => raw.append(...place(index, caller), bench.payload(index)),
          bench.roundMs,
        ),
      holdfast: () =>
        rateOfCallers(
          callers,
          (index, caller) => append(db, place(index, caller), bench.payload(index)),
          bench.roundMs,
        ),
    });
    bench.reportRatio(what, rates.raw, rates.holdfast, bound);
  }
  await raw.close();
}

const ownTenant: Place = (index, caller) => [`tenant-${caller}`, `thread-${index % threadsPerTenant}`];

const rows: readonly {
  readonly what: string;
  readonly callers: number;
  readonly bound: number;
  readonly place: Place;
}[] = [
  { what: "append by 1 caller", callers: 1, bound: 0.6, place: ownTenant },
  { what: "append by 16 callers, each of another tenant", callers: 16, bound: 0.6, place: ownTenant },
  { what: "append by 128 callers, each of another tenant", callers: 128, bound: 0.6, place: ownTenant },
  {
    what: "append by 128 callers of one tenant, over 1000 threads",
    callers: 128,
    bound: 2,
    place: (index) => ["acme", `thread-${(index * 7919) % threads}`],
  },
  { what: "append by 32 callers to one thread", callers: 32, bound: 8, place: () => ["acme", "hot"] },
];

/** So that every tenant, log and connection is there before anything is measured. */
async function appendOnce(
  bench: PostgresBench,
  db: Holdfast,
  raw: RawPostgres,
  callers: number,
  place: Place,
): Promise<void> {
  const calls = Array.from({ length: Math.max(threads, callers * threadsPerTenant) }, (_, index) =>
    place(Math.floor(index / callers), index % callers),
  );
  await Promise.all(calls.map((at) => append(db, at, bench.payload(0))));
  await Promise.all(calls.map((at) => raw.append(...at, bench.payload(0))));
}

function append(db: Holdfast, [tenant, threadId]: ReturnType<Place>, event: object): Promise<unknown> {
  return db.tenant(tenant).log.append(threadId, [event as never]);
}
