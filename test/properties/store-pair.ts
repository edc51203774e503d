import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { open } from "holdfast";
import type { EpochMs, Holdfast, OpenOptions } from "holdfast";
import { manualClock, sequentialIds } from "holdfast/testing";

/** The same store on two engines, with clocks and ids that go the same way. */
export interface StorePair extends AsyncDisposable {
  readonly memory: Holdfast;
  readonly sqlite: Holdfast;
  /** Moves both clocks, forwards or backwards. */
  moveClocks(byMs: number): void;
}

export const epoch: EpochMs = 1_700_000_000_000;

/** Opens two empty stores; the SQLite one in a folder of its own, which goes when the pair is closed. */
export async function openPair(options: OpenOptions = {}): Promise<StorePair> {
  const folder = await mkdtemp(path.join(tmpdir(), "holdfast-properties-"));
  const clocks = [manualClock(epoch), manualClock(epoch)] as const;
  const memory = await open("memory:", { ...options, clock: clocks[0], newId: sequentialIds() });
  const sqlite = await open(`sqlite:${path.join(folder, "store.db")}`, {
    ...options,
    clock: clocks[1],
    newId: sequentialIds(),
  });
  return {
    memory,
    sqlite,
    moveClocks(byMs) {
      for (const clock of clocks) clock.set(clock() + byMs);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([memory.close(), sqlite.close()]);
      await rm(folder, { recursive: true });
    },
  };
}

/** How many programs or values a property is tried on: `usual`, or as many as HOLDFAST_PROPERTY_RUNS says. */
export function runs(usual: number): number {
  const given = process.env["HOLDFAST_PROPERTY_RUNS"];
  return given === undefined ? usual : Number(given);
}
