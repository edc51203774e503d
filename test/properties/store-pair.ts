import { open } from "holdfast";
import type { EpochMs, Holdfast, OpenOptions } from "holdfast";
import { manualClock, sequentialIds } from "holdfast/testing";
import type { Engine, TemporaryStore } from "../support/engines.js";

/** The same store in memory and on another engine, with clocks and ids that go the same way. */
export interface StorePair extends AsyncDisposable {
  readonly memory: Holdfast;
  readonly other: Holdfast;
  /** Moves both clocks, forwards or backwards. */
  moveClocks(byMs: number): void;
}

export const epoch: EpochMs = 1_700_000_000_000;

/** Opens two empty stores, which are gone when the pair is closed. */
export async function openPair(engine: Engine, options: OpenOptions = {}): Promise<StorePair> {
  const clocks = [manualClock(epoch), manualClock(epoch)] as const;
  const memory = await open("memory:", { ...options, clock: clocks[0], newId: sequentialIds() });
  const other = await engine.openTemporary({ ...options, clock: clocks[1], newId: sequentialIds() });
  return {
    memory,
    other: other.db,
    moveClocks(byMs) {
      for (const clock of clocks) clock.set(clock() + byMs);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([memory.close(), other[Symbol.asyncDispose]()]);
    },
  };
}

/** How many programs or values a property is tried on: `usual`, or as many as HOLDFAST_PROPERTY_RUNS says. */
export function runs(usual: number): number {
  const given = process.env["HOLDFAST_PROPERTY_RUNS"];
  return given === undefined ? usual : Number(given);
}

/** One store of an engine, as those of a pair. */
export function openOne(engine: Engine): Promise<TemporaryStore> {
  return engine.openTemporary({ clock: manualClock(epoch), newId: sequentialIds() });
}
