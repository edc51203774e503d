import { HoldfastError } from "../contract/index.js";
import type { CallOptions, Outcome } from "../contract/index.js";
import { identifier, integer, invalid, optional } from "./arguments.js";

/** The names of the options in `CallOptions`. */
export const callOptions = ["signal", "deadline", "actor", "requestId"] as const;

/** The checked execution context of one call. */
export type Call = CallOptions;

export function checkCall(options: Readonly<Record<string, unknown>>): Call {
  const { signal } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw invalid("options.signal", "must be an AbortSignal.");
  }
  return {
    signal,
    deadline: optional(options.deadline, "options.deadline", (value, path) =>
      integer(value, path, Number.MIN_SAFE_INTEGER),
    ),
    actor: optional(options.actor, "options.actor", identifier),
    requestId: optional(options.requestId, "options.requestId", identifier),
  };
}

/** Throws where the call was aborted or is late. */
export function checkInterrupted(call: Call, outcome?: Outcome): void {
  if (call.signal?.aborted === true) throw cancelled(call, outcome);
  if (call.deadline !== undefined && Date.now() >= call.deadline) throw late(outcome);
}

/** Calls `listener` once, with an error maker, when the call is aborted or late. Returns a function that ends it. */
export function onInterruption(call: Call, listener: (fail: (outcome?: Outcome) => HoldfastError) => void): () => void {
  const { signal, deadline } = call;
  if (!isInterruptible(call)) return nothing;
  const onAbort = (): void => listener((outcome) => cancelled(call, outcome));
  signal?.addEventListener("abort", onAbort, { once: true });
  const stopTimer = deadline === undefined ? nothing : at(deadline, () => listener(late));
  return () => {
    signal?.removeEventListener("abort", onAbort);
    stopTimer();
  };
}

/** Settles as `work` does, or rejects as soon as the call is interrupted, with what is known of a write then. */
export async function interruptible<T>(call: Call, work: Promise<T>, outcome?: () => Outcome): Promise<T> {
  return isInterruptible(call) ? untilInterrupted(call, () => work, outcome) : work;
}

/**
 * The same for work that can be given up on the way: it is given a signal that is aborted as soon as the call is interrupted,
 * or none where it cannot be.
 */
export async function abandonable<T>(
  call: Call,
  work: (gone: AbortSignal | undefined) => Promise<T>,
  outcome?: () => Outcome,
): Promise<T> {
  if (!isInterruptible(call)) return work(undefined);
  const gone = new AbortController();
  return untilInterrupted(
    call,
    () => work(gone.signal),
    outcome,
    () => gone.abort(),
  );
}

/** By one listener: of two, the first to be told would stop the other, whose timer may be later. */
async function untilInterrupted<T>(
  call: Call,
  begin: () => Promise<T>,
  outcome?: () => Outcome,
  giveUp: () => void = nothing,
): Promise<T> {
  let stop = nothing;
  const interrupted = new Promise<never>((_, reject) => {
    stop = onInterruption(call, (fail) => {
      // In this order: the caller hears that it was interrupted, and not how the work took it.
      reject(fail(outcome?.()));
      giveUp();
    });
  });
  try {
    return await Promise.race([begin(), interrupted]);
  } finally {
    stop();
  }
}

/** Whether anything can interrupt the call. */
export function isInterruptible({ signal, deadline }: Call): boolean {
  return signal !== undefined || deadline !== undefined;
}

/** The longest delay that a timer takes: 2^31 - 1 ms. */
const longestTimerMs = 2_147_483_647;

function at(instant: number, listener: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    timer = setTimeout(look, Math.min(Math.max(instant - Date.now(), 0), longestTimerMs));
  };
  // A timer may also fire a little before its time, by the clock that the deadline is of.
  const look = (): void => (Date.now() < instant ? wait() : listener());
  wait();
  return () => clearTimeout(timer);
}

function cancelled(call: Call, outcome?: Outcome): HoldfastError {
  return new HoldfastError("CANCELLED", message("The call was aborted", outcome), {
    outcome,
    cause: call.signal?.reason,
  });
}

function late(outcome?: Outcome): HoldfastError {
  return new HoldfastError("DEADLINE_EXCEEDED", message("The deadline has passed", outcome), { outcome });
}

function message(what: string, outcome?: Outcome): string {
  if (outcome === undefined) return `${what}.`;
  if (outcome === "none") return `${what}; nothing was stored.`;
  return `${what}; whether it was stored is unknown. Retry with the same operationId to find out.`;
}

function nothing(): void {}
