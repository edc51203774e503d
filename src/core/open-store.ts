import { v7 } from "uuid";
import { HoldfastError, limits } from "../contract/index.js";
import type { Clock, ErrorCode, NewId, Observation, OpenOptions } from "../contract/index.js";
import { epochMs, identifier } from "./arguments.js";
import type { Backend } from "./backend.js";
import { Committer } from "./committer.js";
import { ErasuresFile } from "./erasures-file.js";
import type { Call } from "./interruption.js";
import { TailHub } from "./tail-hub.js";
import { Turns } from "./turns.js";

/** What one call came to. */
export interface Ended<T> {
  readonly value: T;
  /** Rows read, or operations written. */
  readonly rows: number;
}

/** An open backend, with all that its tenants share: the clock, the committer, who is tailing, what is under way. */
export class OpenStore {
  readonly backend: Backend;
  readonly committer: Committer;
  readonly tails: TailHub;
  readonly turns: Turns = new Turns();
  /** Where erasures are noted outside of the store, if anywhere. */
  readonly erasuresFile: ErasuresFile | undefined;
  readonly clock: Clock;
  readonly maxValueBytes: number;
  readonly #newId: NewId;
  readonly #observe: ((observation: Observation) => void) | undefined;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #closeListeners: (() => void)[] = [];
  #closing: Promise<void> | undefined;

  constructor(backend: Backend, options: OpenOptions) {
    this.backend = backend;
    const { clock = Date.now } = options;
    this.clock = () => epochMs(clock(), "clock()");
    this.maxValueBytes = options.maxValueBytes ?? limits.valueBytes;
    this.committer = new Committer(backend, this.clock);
    this.tails = new TailHub((listener) => backend.watch(listener));
    this.erasuresFile =
      options.erasures === undefined ? undefined : new ErasuresFile(options.erasures, options.erasureKey);
    this.#newId = options.newId ?? v7;
    this.#observe = options.observe;
  }

  newId(): string {
    return identifier(this.#newId(), "newId()");
  }

  /** Runs one call of the contract: refuses it once the store is closed, keeps `close` waiting for it, and reports it. */
  async run<T>(operation: string, tenantId: string | undefined, call: Call, work: () => Promise<Ended<T>>): Promise<T> {
    const started = performance.now();
    const running = this.#closing === undefined ? work() : Promise.reject(closed());
    this.#underWay.add(running);
    try {
      const { value, rows } = await running;
      this.#report(operation, tenantId, call, started, "OK", rows);
      return value;
    } catch (error) {
      this.#report(operation, tenantId, call, started, error instanceof HoldfastError ? error.code : "INTERNAL", 0);
      throw error;
    } finally {
      this.#underWay.delete(running);
    }
  }

  /** Whether it was closed, though what is under way may still go on. */
  get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  /** Keeps `close` waiting for `work`, however it ends. */
  track(work: Promise<unknown>): void {
    const ended = work.then(nothing, nothing).finally(() => this.#underWay.delete(ended));
    this.#underWay.add(ended);
  }

  /** Calls `listener` once the store is being closed. */
  onClose(listener: () => void): void {
    this.#closeListeners.push(listener);
  }

  checkOpen(): void {
    if (this.#closing !== undefined) throw closed();
  }

  close(): Promise<void> {
    this.#closing ??= this.#drain();
    return this.#closing;
  }

  async #drain(): Promise<void> {
    for (const listener of this.#closeListeners) listener();
    this.tails.close(closed);
    await Promise.allSettled(this.#underWay);
    await this.committer.idle();
    await this.backend.close();
  }

  #report(
    operation: string,
    tenantId: string | undefined,
    call: Call,
    started: number,
    code: ErrorCode | "OK",
    rows: number,
  ): void {
    if (this.#observe === undefined) return;
    try {
      this.#observe({
        operation,
        ...(tenantId !== undefined && { tenantId }),
        ...(call.actor !== undefined && { actor: call.actor }),
        ...(call.requestId !== undefined && { requestId: call.requestId }),
        durationMs: performance.now() - started,
        rows,
        code,
      });
    } catch {
      // An observer that fails must not fail the call that it observes.
    }
  }
}

function closed(): HoldfastError {
  return new HoldfastError("CLOSED", "This store was closed. Open it again to go on.", { outcome: "none" });
}

function nothing(): void {}
