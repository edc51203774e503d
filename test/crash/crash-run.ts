import { mkdirSync } from "node:fs";
import path from "node:path";
import { slowDisk } from "../../bench/slow-disk.js";

/** How many kills there are over all scenarios. */
const kills: number = Number(process.env["HOLDFAST_CRASH_KILLS"] ?? 20);

/** What the moments of the kills, and what is done in between, are chosen by. */
export const seed: number = Number(process.env["HOLDFAST_CRASH_SEED"] ?? Date.now() % 2 ** 32);

/** Processes that write to one file at once, where several do. */
export const writers: number = Number(process.env["HOLDFAST_CRASH_WRITERS"] ?? 3);

/** Microseconds that every fsync of a killed process takes longer; 0 by default. */
const fsyncDelayUs = Number(process.env["HOLDFAST_CRASH_FSYNC_US"] ?? 0);

/** The environment of the processes that are killed; a text where there can be none, saying why. */
export const environment: Readonly<Record<string, string>> | string = fsyncDelayUs === 0 ? {} : withSlowDisk();

/** What a moment is multiplied by, so that it falls inside of the same work where the disk is slow. */
export const slowness: number = fsyncDelayUs === 0 ? 1 : 1 + fsyncDelayUs / 1000;

/** How many of the kills are for the scenario of that name, where the schedule says over and over whose turn it is. */
export function killsOf<Name extends string>(name: Name, schedule: readonly Name[]): number {
  const inRound = schedule.filter((each) => each === name).length;
  const inRest = schedule.slice(0, kills % schedule.length).filter((each) => each === name).length;
  return Math.floor(kills / schedule.length) * inRound + inRest;
}

function withSlowDisk(): Readonly<Record<string, string>> | string {
  const root = path.join(import.meta.dirname, "../..");
  mkdirSync(path.join(root, ".cache", "bench"), { recursive: true });
  return slowDisk(root, fsyncDelayUs);
}
