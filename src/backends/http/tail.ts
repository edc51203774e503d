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
import { isLost, networkError } from "./errors.js";
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
  let position = after;
  let backoff = transport.backoff();
  try {
    for (;;) {
      try {
        if (hasEnded(call, stopped)) return undefined;
        store.checkOpen();
        const stream = await transport.events(path, position, gone.signal);
        for await (const entry of entriesOf(stream)) {
          if (gone.signal.aborted) return ended(store, call, stopped);
          backoff = transport.backoff();
          position = entry.ordinal;
          yield entry;
        }
        // A server that ends each stream at once is not to be asked without a pause.
        if (!gone.signal.aborted) await transport.backoff().wait(gone.signal).catch(isFalse);
      } catch (error) {
        if (gone.signal.aborted) return ended(store, call, stopped);
        const failure = error instanceof HoldfastError ? error : networkError(error, transport.base);
        if (!isLost(failure) || !(await backoff.wait(gone.signal).catch(isFalse))) throw failure;
      }
    }
  } finally {
    gone.abort();
    stopOnClose();
    for (const stop of stopListening) stop();
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
