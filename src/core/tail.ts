import { limits } from "../contract/index.js";
import type { LogEntry } from "../contract/index.js";
import type { Engine, LogAddress } from "./backend.js";
import { checkInterrupted, onInterruption } from "./interruption.js";
import type { Call } from "./interruption.js";
import type { OpenStore } from "./open-store.js";
import { toLogEntry } from "./present.js";
import type { EntryRow } from "./rows.js";
import type { TenantChannel } from "./tenant-channel.js";

export interface TailRequest {
  readonly threadId: string;
  readonly after: number;
  readonly call: Call;
}

/** `SessionLog.tail`. `check` gives the checked arguments; what it throws is thrown by the first step. */
export function tail(channel: TenantChannel, check: () => TailRequest): AsyncIterableIterator<LogEntry> {
  const stopped = new AbortController();
  const entries = begin(channel, check, stopped.signal);
  return {
    next: () => entries.next(),
    async return() {
      // A generator would answer only after its pending step, which may be waiting for an event that never comes.
      stopped.abort();
      await entries.return(undefined);
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Checks its arguments with its first step. */
async function* begin(
  channel: TenantChannel,
  check: () => TailRequest,
  stopped: AbortSignal,
): AsyncGenerator<LogEntry, undefined> {
  const { threadId, after, call } = check();
  channel.store.checkOpen();
  return yield* channel.store.upkeep.tail({ ...channel.scope, threadId }, after, call, stopped);
}

/** Follows a log with an engine: reads what there is, and waits until it is woken. */
export async function* follow(
  store: OpenStore,
  engine: Engine,
  log: LogAddress,
  after: number,
  call: Call,
  stopped: AbortSignal,
): AsyncGenerator<LogEntry, undefined> {
  const sleeper = store.tails.enter(log.tenantId, log.threadId);
  const stopListening = [call, { signal: stopped }].map((each) => onInterruption(each, () => sleeper.wake()));
  try {
    let position = after;
    for (;;) {
      const rows = await nextRows(store, engine, log, position).catch((error: unknown) => {
        // A store that closes under the query fails it in its own way; what the caller hears is CLOSED.
        sleeper.checkEnded();
        throw error;
      });
      for (const row of rows) {
        sleeper.checkEnded();
        if (hasEnded(call, stopped)) return undefined;
        position = row.ordinal;
        yield toLogEntry(row);
      }
      if (hasEnded(call, stopped)) return undefined;
      sleeper.checkEnded();
      if (rows.length === 0) await sleeper.wait();
    }
  } finally {
    for (const stop of stopListening) stop();
    sleeper.leave();
  }
}

/** True where the caller ended it, quietly. Throws where its deadline has passed. */
export function hasEnded(call: Call, stopped: AbortSignal): boolean {
  if (stopped.aborted || call.signal?.aborted === true) return true;
  checkInterrupted(call);
  return false;
}

/** The next entries after an ordinal, from the cold tier where archiving has overtaken the reader. */
async function nextRows(
  store: OpenStore,
  engine: Engine,
  { threadId, ...of }: LogAddress,
  position: number,
): Promise<readonly EntryRow[]> {
  const page = { threadId, cursor: position, limit: limits.defaultPageItems };
  const [hot, cold] = await engine.read(
    of,
    [
      { kind: "log.loadSince", ...page },
      { kind: "log.loadArchived", ...page },
    ],
    { now: store.clock() },
  );
  if (hot.watermark <= position) return hot.rows;
  // Of an erased log nothing is left, in either tier; a block that is missing is an error of the engine.
  return cold.rows;
}
