import { HoldfastError } from "../../contract/index.js";
import type { ErrorCode, LogEntry } from "../../contract/index.js";
import type { StreamEnd } from "../request-variables.js";

export interface EventStreamOptions {
  /** A comment is sent where nothing else was for so long. */
  readonly heartbeatMs: number;
  /** The stream is ended where its reader has taken nothing for so long. */
  readonly stalledMs: number;
  /** Ends the stream: with an error as its last event where its reason is one, or else as if there were no more. */
  readonly end: AbortSignal;
  /** The text of an event that says how the stream failed, and its code. */
  readonly failed: (error: unknown) => { readonly code: ErrorCode; readonly text: string };
  /** Called once, however it ends. */
  readonly ended: (end: StreamEnd) => void;
}

/** Bytes that wait for a slow reader before no more entries are read for it. */
const waitingBytes = 65_536;

/**
 * The entries of a log as Server-Sent Events: each with its ordinal as id, in the order they come.
 *
 * An entry is read from the store when its reader has room for it. One that takes nothing for too long is cut off: it can come
 * back with the id of the last event that it has.
 */
export function eventStream(entries: AsyncIterator<LogEntry>, options: EventStreamOptions): ReadableStream<Uint8Array> {
  const strategy = new ByteLengthQueuingStrategy({ highWaterMark: waitingBytes });
  return new ReadableStream(new EntrySource(entries, options), strategy);
}

type Controller = ReadableStreamDefaultController<Uint8Array>;

class EntrySource {
  readonly #entries: AsyncIterator<LogEntry>;
  readonly #options: EventStreamOptions;
  #timer: ReturnType<typeof setInterval> | undefined;
  #stopListening: () => void = ignore;
  /** When something was last sent. */
  #sentAt = performance.now();
  #isWaiting = false;
  #bytesOut = 0;

  constructor(entries: AsyncIterator<LogEntry>, options: EventStreamOptions) {
    this.#entries = entries;
    this.#options = options;
  }

  start(controller: Controller): void {
    const { heartbeatMs, stalledMs, end } = this.#options;
    // Some proxies hold an answer back until its first bytes.
    this.#send(controller, ": live\n\n");
    this.#timer = setInterval(() => this.#look(controller), Math.min(heartbeatMs, stalledMs) / 2);
    this.#timer.unref();
    const isOver = (): void => this.#finish(controller, end.reason instanceof HoldfastError ? end.reason : undefined);
    end.addEventListener("abort", isOver);
    this.#stopListening = () => end.removeEventListener("abort", isOver);
    if (end.aborted) isOver();
  }

  async pull(controller: Controller): Promise<void> {
    if (this.#hasEnded) return;
    this.#isWaiting = true;
    try {
      const { done, value } = await this.#entries.next();
      if (this.#hasEnded) return;
      if (done === true) this.#finish(controller);
      else this.#send(controller, `id: ${value.ordinal}\ndata: ${JSON.stringify(value)}\n\n`);
    } catch (error) {
      this.#finish(controller, error);
    } finally {
      this.#isWaiting = false;
    }
  }

  cancel(): void {
    this.#end("CANCELLED");
  }

  get #hasEnded(): boolean {
    return this.#timer === undefined;
  }

  /** Cuts off a reader that has stalled; shows one that has nothing to read that the stream is alive. */
  #look(controller: Controller): void {
    const { heartbeatMs, stalledMs } = this.#options;
    const idleMs = performance.now() - this.#sentAt;
    if ((controller.desiredSize ?? 0) <= 0) {
      if (idleMs < stalledMs) return;
      this.#end("RESOURCE_EXHAUSTED");
      controller.error(stalled());
    } else if (this.#isWaiting && idleMs >= heartbeatMs) {
      this.#send(controller, ":\n\n");
    }
  }

  #send(controller: Controller, text: string): void {
    const bytes = encoder.encode(text);
    this.#sentAt = performance.now();
    this.#bytesOut += bytes.byteLength;
    controller.enqueue(bytes);
  }

  #finish(controller: Controller, error?: unknown): void {
    if (this.#hasEnded) return;
    const failure = error === undefined ? undefined : this.#options.failed(error);
    if (failure !== undefined) this.#send(controller, `event: error\ndata: ${failure.text}\n\n`);
    this.#end(failure?.code ?? "OK");
    controller.close();
  }

  #end(code: StreamEnd["code"]): void {
    if (this.#hasEnded) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#stopListening();
    // The iterator of a tail ends a step of it that waits.
    this.#entries.return?.().then(ignore, ignore);
    this.#options.ended({ code, bytesOut: this.#bytesOut });
  }
}

const encoder = new TextEncoder();

function stalled(): HoldfastError {
  return new HoldfastError("RESOURCE_EXHAUSTED", "The reader of this stream has taken nothing for too long.");
}

function ignore(): void {}
