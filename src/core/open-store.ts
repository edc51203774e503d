import { v7 } from "uuid";
import { HoldfastError, limits } from "../contract/index.js";
import type { Clock, ErrorCode, NewId, Observation, OpenOptions } from "../contract/index.js";
import { identifier } from "./arguments.js";
import type { Backend } from "./backend.js";
import { Committer } from "./committer.js";
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
  readonly clock: Clock;
  readonly maxValueBytes: number;
  readonly #newId: NewId;
  readonly #observe: ((observation: Observation) => void) | undefined;
  readonly #underWay = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(backend: Backend, options: OpenOptions) {
    this.backend = backend;
    this.clock = options.clock ?? Date.now;
    this.maxValueBytes = options.maxValueBytes ?? limits.valueBytes;
    this.committer = new Committer(backend, this.clock);
    this.tails = new TailHub((listener) => backend.watch(listener));
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

  checkOpen(): void {
    if (this.#closing !== undefined) throw closed();
  }

  close(): Promise<void> {
    this.#closing ??= this.#drain();
    return this.#closing;
  }

  async #drain(): Promise<void> {
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
