import { setTimeout as pause } from "node:timers/promises";
import { HoldfastError } from "holdfast";
import type { Ledger } from "./ledger.js";

const mostAttempts = 5;

/**
 * Makes the write with the number `n`, and notes in the ledger where it failed. One that can be repeated is, until it is known
 * what became of it.
 */
export async function settledWrite<T>(
  ledger: Ledger,
  n: number,
  canRepeat: boolean,
  write: () => Promise<T>,
): Promise<T> {
  let isUnknown = false;
  for (let attempt = 1; ; attempt++) {
    try {
      return await write();
    } catch (error) {
      isUnknown ||= !(error instanceof HoldfastError) || error.outcome !== "none";
      if (isUnknown && canRepeat && attempt < mostAttempts && isPassing(error)) {
        await pause(100 * attempt);
        continue;
      }
      (isUnknown ? ledger.unsettled : ledger.notStored).add(n);
      throw error;
    }
  }
}

/** Whether a call may fail so though nothing is wrong: the store was away, or too busy. */
export function isPassing(error: unknown): error is HoldfastError {
  return error instanceof HoldfastError && passing.has(error.code);
}

const passing: ReadonlySet<string> = new Set(["UNAVAILABLE", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED"]);
