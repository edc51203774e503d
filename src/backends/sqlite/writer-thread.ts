import { Worker } from "node:worker_threads";
import { HoldfastError } from "../../contract/index.js";
import { fromPlainError } from "./errors.js";
import type { Opened, WriterAnswers, WriterReply, WriterRequest, WriterSetup } from "./writer-messages.js";

/**
 * The writer's thread, from outside: requests are answered in their order.
 *
 * While nothing is under way the thread does not keep the process alive. If it dies, what was under way fails with an
 * unknown outcome, and the next request starts a new one.
 */
export class WriterThread {
  readonly #setup: WriterSetup;
  #running: Running | undefined;
  #isClosed = false;

  constructor(setup: WriterSetup) {
    this.#setup = setup;
  }

  /** Starts the thread, and resolves once it has opened the file. */
  open(): Promise<Opened> {
    return this.#start().opened;
  }

  async ask<R extends WriterRequest>(request: R): Promise<WriterAnswers[R["kind"]]> {
    // What was given up by its caller may go on behind a close: it must not open the file again.
    if (this.#isClosed) throw closed();
    const running = this.#running === undefined || this.#running.hasEnded ? this.#start() : this.#running;
    return (await running.send(request)) as WriterAnswers[R["kind"]];
  }

  /** Ends the thread as a crash of it would, for tests. */
  async kill(): Promise<void> {
    await this.#running?.kill();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const running = this.#running;
    if (running === undefined || running.hasEnded) return;
    await running.close();
  }

  #start(): Running {
    // Those that were given were recorded by the first: another process may have recorded others since.
    const settings = this.#running === undefined ? this.#setup.settings : {};
    this.#running = new Running({ ...this.#setup, settings });
    return this.#running;
  }
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** One life of the thread. */
class Running {
  readonly opened: Promise<Opened>;
  readonly #exited: Promise<void>;
  readonly #worker: Worker;
  readonly #waiting: Waiting[] = [];
  #cause: unknown;
  #hasEnded = false;

  constructor(setup: WriterSetup) {
    this.#worker = new Worker(new URL("./writer-worker.js", import.meta.url), {
      workerData: setup,
      name: "holdfast-writer",
      // Those of the process may be for its own code only: with --input-type, no file would load.
      execArgv: [],
    });
    this.#worker.on("message", (reply: WriterReply) => this.#settle(reply));
    this.#worker.on("error", (error) => {
      this.#cause = error;
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.on("exit", () => {
        this.#end();
        resolve();
      });
    });
    this.opened = this.#wait() as Promise<Opened>;
    // Where the thread was started again nobody waits for this; what was asked of it fails by its end.
    this.opened.catch((error: unknown) => {
      this.#cause = error;
    });
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  send(request: WriterRequest): Promise<unknown> {
    const answered = this.#wait();
    this.#worker.postMessage(request);
    return answered;
  }

  async kill(): Promise<void> {
    await this.#worker.terminate();
  }

  async close(): Promise<void> {
    await this.send({ kind: "close" });
    this.#worker.ref();
    await this.#exited;
  }

  #wait(): Promise<unknown> {
    this.#worker.ref();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  #settle(reply: WriterReply): void {
    const waiting = this.#waiting.shift();
    if (this.#waiting.length === 0) this.#worker.unref();
    if (reply.ok) waiting?.resolve(reply.value);
    else waiting?.reject(fromPlainError(reply.error));
  }

  #end(): void {
    this.#hasEnded = true;
    for (const { reject } of this.#waiting.splice(0)) reject(died(this.#cause));
  }
}

function closed(): HoldfastError {
  return new HoldfastError("CLOSED", "This store was closed. Open it again to go on.", { outcome: "none" });
}

function died(cause: unknown): HoldfastError {
  if (isNotFound(cause)) {
    const message =
      "There is no writer-worker.js beside the code of Holdfast. A bundler has left it out: make it, and inspection-worker.js, entries of the bundle.";
    return new HoldfastError("UNSUPPORTED", message, { outcome: "none", cause });
  }
  return new HoldfastError(
    "UNAVAILABLE",
    "The thread that writes to the file has died. Try again: with the same operationId the write is stored once.",
    { outcome: "unknown", cause },
  );
}

function isNotFound(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "MODULE_NOT_FOUND";
}
