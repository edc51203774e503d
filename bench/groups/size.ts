import { statSync } from "node:fs";
import type { Bench } from "../bench.js";

const threads = 100;
const eventsPerCall = 100;

/** Bytes of the closed file for each byte of payload. */
export async function measureSize(bench: Bench): Promise<void> {
  const calls = bench.size(1000, 100);
  const batch = Array.from({ length: eventsPerCall }, (_, index) => bench.payload(index));
  const raw = bench.openRaw("size");
  for (let index = 0; index < calls; index++) {
    raw.transact(() => raw.append(`thread-${index % threads}`, batch));
  }
  raw.close();
  const db = await bench.openHoldfast("size");
  const { log } = db.tenant("acme");
  for (let index = 0; index < calls; index++) await log.append(`thread-${index % threads}`, batch);
  await db.close();
  const events = calls * eventsPerCall;
  const written = events * bench.setting.payloadBytes;
  const row = (what: string, path: string): void =>
    bench.report({ what, value: statSync(path).size / written, unit: "B/B" });
  row(`size of the raw file, ${events} events`, bench.path("raw-size"));
  row(`size of the store, ${events} events`, bench.path("size"));
}
