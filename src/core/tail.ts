import { limits } from "../contract/index.js";
import type { LogEntry, LogHead } from "../contract/index.js";
import type { Engine, LogAddress } from "./backend.js";
import { checkInterrupted, onInterruption } from "./interruption.js";
import type { Call } from "./interruption.js";
import type { OpenStore } from "./open-store.js";
import { toLogEntry } from "./present.js";
import type { EntryRow } from "./rows.js";
import type { Sleeper } from "./sleeper.js";
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
  const sleeper = store.tails.enter(log);
  const stopListening = [call, { signal: stopped }].map((each) => onInterruption(each, () => sleeper.wake()));
  let read: Read = { rows: [], head: 0, watermark: 0 };
  let position = after;
  try {
    for (;;) {
      read = await nextEntries(store, engine, sleeper, position, read.watermark).catch((error: unknown) => {
        // A store that closes under the query fails it in its own way; what the caller hears is CLOSED.
        sleeper.checkEnded();
        throw error;
      });
      sleeper.knownHead = read.head;
      for (const row of read.rows) {
        sleeper.checkEnded();
        if (hasEnded(call, stopped)) return undefined;
        position = row.ordinal;
        yield toLogEntry(row);
      }
      if (hasEnded(call, stopped)) return undefined;
      sleeper.checkEnded();
      // Of an erased log there is nothing left to read before its head.
      if (read.rows.length === 0 || position >= read.head) await sleeper.wait();
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

/** Some entries behind a position, and where the log stood then. */
interface Read extends LogHead {
  readonly rows: readonly EntryRow[];
}

/** The next entries, from the cold tier where archiving has overtaken the reader. `watermark` is the last that it knows of. */
async function nextEntries(
  store: OpenStore,
  engine: Engine,
  { address: { threadId, ...of }, log }: Sleeper,
  position: number,
  watermark: number,
): Promise<Read> {
  for (let known = watermark; ;) {
    const isHot = position >= known;
    const kind = isHot ? "log.loadSince" : "log.loadArchived";
    const query = { kind, threadId, cursor: position, limit: limits.defaultPageItems } as const;
    const read = await log.share(JSON.stringify([of.userId, position, kind]), async (): Promise<Read> => {
      const [answer] = await engine.read(of, [query], { now: store.clock() });
      return answer;
    });
    // Of an erased log nothing is left, in either tier; a block that is missing is an error of the engine.
    known = read.watermark;
    if (isHot ? position >= known : position < known) return read;
  }
}
