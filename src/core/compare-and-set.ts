import { setTimeout as pause } from "node:timers/promises";
import { HoldfastError } from "../contract/index.js";
import type { Outcome } from "../contract/index.js";
import { checkRepeated, idempotencyOf } from "./idempotency.js";
import type { RepeatOptions } from "./idempotency.js";
import { checkInterrupted, interruptible } from "./interruption.js";
import type { Call } from "./interruption.js";
import type { Asked, LookUp, Prepared } from "./prepared.js";
import type { OperationRow } from "./rows.js";
import type { TenantChannel } from "./tenant-channel.js";

/** A write that is a function of what is stored. */
export interface Change<C, T> {
  /** The record, as an array of strings that name it. Repeats of an `operationId` are compared by it, not by what the function gave. */
  readonly address: readonly string[];
  readonly current: Asked<C>;
  /** The write for what was read, with its revision as the expected one; or `undefined` to leave it. */
  prepare(current: C): Prepared<T> | undefined;
  /** The result where it is left. */
  unchanged(current: C): T;
  /** Reads what a recorded result refers to, where that result is not all the caller gets. */
  lookUp?(result: never): LookUp<T> | undefined;
}

/** Attempts after which somebody else's writes are taken to never end. Calls of this process wait for each other instead. */
const mostAttempts = 100;

/** Reads, prepares and commits, until nobody wrote in between. */
export function compareAndSet<C, T>(
  channel: TenantChannel,
  change: Change<C, T>,
  repeat: RepeatOptions,
  call: Call,
): Promise<T> {
  let outcome: Outcome = "none";
  const address = JSON.stringify([channel.tenantId, channel.userId, ...change.address]);
  const changing = channel.store.turns.take(address, async () => {
    const recorded = await findRecorded(channel, change, repeat, call);
    if (recorded !== undefined) return recorded.value;
    for (let attempt = 1; ; attempt++) {
      checkInterrupted(call, "none");
      const [current] = (await channel.answer([change.current], call)) as [C];
      const prepared = change.prepare(current);
      if (prepared === undefined) return change.unchanged(current);
      try {
        outcome = "unknown";
        const [value] = await channel.commit([{ ...prepared, compared: change.address }], repeat, call, false);
        return value as T;
      } catch (error) {
        if (!isMoved(error)) throw error;
        outcome = "none";
        if (attempt === mostAttempts) throw exhausted(error);
        await pause(Math.random() * Math.min(attempt, 20));
      }
    }
  });
  return interruptible(call, changing, () => outcome);
}

/** The result of this operation where it was recorded: then the function must not be called again. */
async function findRecorded<C, T>(
  channel: TenantChannel,
  change: Change<C, T>,
  repeat: RepeatOptions,
  call: Call,
): Promise<{ readonly value: T } | undefined> {
  const { operationId } = repeat;
  if (operationId === undefined) return undefined;
  checkInterrupted(call, "none");
  const { hash } = idempotencyOf(channel.store.backend.hashKey, operationId, [change.address]);
  const query = { kind: "operations.get", operationId, hash } as const;
  const [row] = (await channel.query([query], call)) as [OperationRow | undefined];
  if (row === undefined) return undefined;
  checkRepeated(repeat, hash, row.hash);
  const [value] = await channel.presentRepeat([{ present: (result) => result, ...change }], row.results, false, call);
  return { value: value as T };
}

function isMoved(error: unknown): error is HoldfastError {
  return error instanceof HoldfastError && error.code === "CONFLICT" && error.details.actualRevision !== undefined;
}

function exhausted(error: HoldfastError): HoldfastError {
  return new HoldfastError("CONFLICT", `${error.message} It was moved by others in each of ${mostAttempts} attempts.`, {
    details: error.details,
    retryable: true,
    outcome: "none",
    cause: error,
  });
}
