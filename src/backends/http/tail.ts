import { createParser } from "eventsource-parser";
import type { EventSourceMessage } from "eventsource-parser";
import { HoldfastError } from "../../contract/index.js";
import type { LogEntry } from "../../contract/index.js";
import type { LogAddress } from "../../core/backend.js";
import { onInterruption } from "../../core/interruption.js";
import type { Call } from "../../core/interruption.js";
import type { OpenStore } from "../../core/open-store.js";
import { hasEnded } from "../../core/tail.js";
import { parseError } from "./answers.js";
import type { Backoff } from "./backoff.js";
import { isLost, networkError, retryAfterMs } from "./errors.js";
import { wireScope } from "./scope.js";
import type { Transport } from "./transport.js";

/** Follows a log through the server's stream of its entries; goes on behind the last one where that breaks off. */
export async function* tailOverHttp(
  transport: Transport,
  store: OpenStore,
  { threadId, ...of }: LogAddress,
  after: number,
  call: Call,
  stopped: AbortSignal,
): AsyncGenerator<LogEntry, undefined> {
  const gone = new AbortController();
  const abort = (): void => gone.abort();
  const stopListening = [call, { signal: stopped }].map((each) => onInterruption(each, abort));
  const stopOnClose = store.onClose(abort);
  const path = `/v1/log/tail?${new URLSearchParams({ ...wireScope(of), threadId }).toString()}`;
  const lost = new Losses(transport);
  let position = after;
  try {
    for (;;) {
      try {
        if (hasEnded(call, stopped)) return undefined;
        store.checkOpen();
        for await (const entry of entriesBehind(transport, path, position, gone.signal, lost)) {
          if (gone.signal.aborted) return ended(store, call, stopped);
          position = entry.ordinal;
          yield entry;
        }
      } catch (error) {
        if (gone.signal.aborted) return ended(store, call, stopped);
        const failure = error instanceof HoldfastError ? error : networkError(error, transport.base);
        const isToGoOn = await lost.note(failure, gone.signal);
        if (gone.signal.aborted) return ended(store, call, stopped);
        if (!isToGoOn) throw failure;
      }
    }
  } finally {
    gone.abort();
    stopOnClose();
    for (const stop of stopListening) stop();
  }
}

/** A stream that was open for so long did not break off at once. */
const steadyMs = 2000;

/** The streams of one tail that broke off, for as long as none of them came to anything. */
class Losses {
  readonly #transport: Transport;
  #openedAt: number | undefined;
  #backoff: Backoff | undefined;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  opened(): void {
    this.#openedAt = performance.now();
  }

  /** A stream that gives something is none of them. */
  gave(): void {
    this.#backoff = undefined;
  }

  /** Waits a little; resolves with true where it is worth it to open another one then. */
  async note(failure: HoldfastError, gone: AbortSignal): Promise<boolean> {
    const openMs = this.#openedAt === undefined ? 0 : performance.now() - this.#openedAt;
    this.#openedAt = undefined;
    // A quiet log may have had nothing to give for hours.
    if (openMs >= steadyMs) this.#backoff = undefined;
    this.#backoff ??= this.#transport.backoff();
    return isLost(failure) && this.#backoff.wait(gone, retryAfterMs(failure)).catch(isFalse);
  }
}

async function* entriesBehind(
  transport: Transport,
  path: string,
  position: number,
  gone: AbortSignal,
  lost: Losses,
): AsyncGenerator<LogEntry> {
  // One of its own: `fetch` would leave something behind, with each stream, on one that they share.
  const stream = new AbortController();
  const abort = (): void => stream.abort();
  gone.addEventListener("abort", abort);
  try {
    const events = await transport.events(path, position, stream.signal);
    lost.opened();
    for await (const entry of entriesOf(events)) {
      lost.gave();
      yield entry;
    }
    throw new HoldfastError("UNAVAILABLE", `The stream of events from ${transport.base} ended.`);
  } finally {
    gone.removeEventListener("abort", abort);
    abort();
  }
}

/** Quietly where the caller has ended it; with an error where its deadline has passed, or the store was closed. */
function ended(store: OpenStore, call: Call, stopped: AbortSignal): undefined {
  if (!hasEnded(call, stopped)) store.checkOpen();
}

async function* entriesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<LogEntry> {
  const events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => events.push(event) });
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    for (const { event, data } of events.splice(0)) {
      if (event === "error") throw parseError(data) ?? new HoldfastError("INTERNAL", "The server ended the stream.");
      yield JSON.parse(data) as LogEntry;
    }
  }
}

function isFalse(): boolean {
  return false;
}
