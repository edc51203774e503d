import { HoldfastError } from "../contract/index.js";
import type { LogEntry } from "../contract/index.js";

export interface EventStreamOptions {
  /** A comment is sent where nothing else was for so long. */
  readonly heartbeatMs: number;
  /** The stream is ended where its reader has taken nothing for so long. */
  readonly stalledMs: number;
  /** The text of the last event, where the entries end with an error. */
  readonly failed: (error: unknown) => string;
  /** Called once, however it ends. */
  readonly ended: () => void;
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
  /** When something was last sent, or taken. */
  #movedAt = performance.now();
  #isWaiting = false;

  constructor(entries: AsyncIterator<LogEntry>, options: EventStreamOptions) {
    this.#entries = entries;
    this.#options = options;
  }

  start(controller: Controller): void {
    const { heartbeatMs, stalledMs } = this.#options;
    // Some proxies hold an answer back until its first bytes.
    this.#send(controller, ": live\n\n");
    this.#timer = setInterval(() => this.#look(controller), Math.min(heartbeatMs, stalledMs) / 2);
    this.#timer.unref();
  }

  async pull(controller: Controller): Promise<void> {
    this.#isWaiting = true;
    try {
      const { done, value } = await this.#entries.next();
      if (this.#hasEnded) return;
      if (done === true) this.#close(controller);
      else this.#send(controller, `id: ${value.ordinal}\ndata: ${JSON.stringify(value)}\n\n`);
    } catch (error) {
      if (this.#hasEnded) return;
      this.#send(controller, `event: error\ndata: ${this.#options.failed(error)}\n\n`);
      this.#close(controller);
    } finally {
      this.#isWaiting = false;
    }
  }

  async cancel(): Promise<void> {
    this.#end();
    await this.#entries.return?.();
  }

  get #hasEnded(): boolean {
    return this.#timer === undefined;
  }

  /** Cuts off a reader that has stalled; shows one that has nothing to read that the stream is alive. */
  #look(controller: Controller): void {
    const { heartbeatMs, stalledMs } = this.#options;
    const idleMs = performance.now() - this.#movedAt;
    if ((controller.desiredSize ?? 0) <= 0) {
      if (idleMs < stalledMs) return;
      this.#end();
      controller.error(stalled());
      this.#entries.return?.().catch(ignore);
    } else if (this.#isWaiting && idleMs >= heartbeatMs) {
      this.#send(controller, ":\n\n");
    }
  }

  #send(controller: Controller, text: string): void {
    this.#movedAt = performance.now();
    controller.enqueue(encoder.encode(text));
  }

  #close(controller: Controller): void {
    this.#end();
    controller.close();
  }

  #end(): void {
    if (this.#hasEnded) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#options.ended();
  }
}

const encoder = new TextEncoder();

function stalled(): HoldfastError {
  return new HoldfastError("RESOURCE_EXHAUSTED", "The reader of this stream has taken nothing for too long.");
}

function ignore(): void {}
