import { Gauge } from "prom-client";
import type { Registry } from "prom-client";
import type { Holdfast, StoreStats } from "../../contract/index.js";
import { inTime } from "./in-time.js";

/** Milliseconds for which what the store said of itself is told again. */
const keptMs = 10_000;

/** Milliseconds that one scrape waits for the store. What comes later is for the next. */
const patienceMs = 1000;

/** Registers gauges of what is stored, which are asked for when they are scraped. They never fail a scrape: then they are old. */
export function addStoreGauges(db: Pick<Holdfast, "stats">, registry: Registry): void {
  const latest = latestStats(db);
  const rows: Gauge<"store"> = new Gauge({
    name: "holdfast_rows",
    help: "Rows by store, over all tenants.",
    labelNames: ["store"] as const,
    registers: [registry],
    async collect() {
      const stats = await latest();
      if (stats === undefined) return;
      for (const [store, field] of Object.entries(fields)) rows.set({ store }, stats[field]);
    },
  });
  // A gauge is 0 until it is set, and that would be a lie: removed, it is absent.
  const tenants: Gauge = new Gauge({
    name: "holdfast_tenants",
    help: "Tenants that hold anything or ever did.",
    registers: [registry],
    async collect() {
      const stats = await latest();
      if (stats === undefined) tenants.remove();
      else tenants.set(stats.tenants);
    },
  });
  const bytes: Gauge = new Gauge({
    name: "holdfast_store_bytes",
    help: "Bytes that the store takes on disk.",
    registers: [registry],
    async collect() {
      const stats = await latest();
      if (stats?.bytes === undefined) bytes.remove();
      else bytes.set(stats.bytes);
    },
  });
}

const fields = {
  threads: "threads",
  messages: "messages",
  state: "stateSnapshots",
  kv: "kvEntries",
  log: "logEntries",
  archive: "archivedLogEntries",
  operations: "operations",
} as const satisfies Record<string, keyof StoreStats>;

function latestStats(db: Pick<Holdfast, "stats">): () => Promise<StoreStats | undefined> {
  let known: StoreStats | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;
  const ask = async (): Promise<void> => {
    try {
      known = await db.stats();
    } catch {
      // The store is down. Its other signs say so.
    }
    askedAt = performance.now();
    asking = undefined;
  };
  return async () => {
    if (performance.now() - askedAt >= keptMs) {
      asking ??= ask();
      await inTime(patienceMs, asking);
    }
    return known;
  };
}
