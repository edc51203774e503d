import type { HoldfastError } from "../contract/index.js";

/** Wakes tails: at once by the appends of this process, soon by those of others. Watches others only while someone tails. */
export class TailHub {
  readonly #watch: (listener: () => void) => () => void;
  readonly #sleepers = new Map<string, Set<Sleeper>>();
  #stopWatching: (() => void) | undefined;

  constructor(watch: (listener: () => void) => () => void) {
    this.#watch = watch;
  }

  /** Tails that are open. */
  get size(): number {
    let size = 0;
    for (const sleepers of this.#sleepers.values()) size += sleepers.size;
    return size;
  }

  /** A sleeper that is woken whenever this log may have grown since it last looked, until it leaves. */
  enter(tenantId: string, threadId: string): Sleeper {
    const name = logName(tenantId, threadId);
    const sleeper = new Sleeper(() => this.#leave(name, sleeper));
    const others = this.#sleepers.get(name);
    if (others === undefined) this.#sleepers.set(name, new Set([sleeper]));
    else others.add(sleeper);
    this.#stopWatching ??= this.#watch(() => this.wakeAll());
    return sleeper;
  }

  /** Wakes the tails of one log. */
  wake(tenantId: string, threadId: string): void {
    for (const sleeper of this.#sleepers.get(logName(tenantId, threadId)) ?? []) sleeper.wake();
  }

  /** Ends every tail with an error. */
  close(error: () => HoldfastError): void {
    for (const sleepers of this.#sleepers.values()) for (const sleeper of sleepers) sleeper.end(error());
  }

  wakeAll(): void {
    for (const sleepers of this.#sleepers.values()) for (const sleeper of sleepers) sleeper.wake();
  }

  #leave(name: string, sleeper: Sleeper): void {
    const sleepers = this.#sleepers.get(name);
    sleepers?.delete(sleeper);
    if (sleepers?.size === 0) this.#sleepers.delete(name);
    if (this.#sleepers.size > 0) return;
    this.#stopWatching?.();
    this.#stopWatching = undefined;
  }
}

/** Waits on behalf of one tail. A wake-up that comes while nobody waits is kept for the next wait. */
export class Sleeper {
  readonly leave: () => void;
  #isAwake = false;
  #error: HoldfastError | undefined;
  #resume: (() => void) | undefined;

  constructor(leave: () => void) {
    this.leave = leave;
  }

  wake(): void {
    this.#isAwake = true;
    this.#resume?.();
  }

  /** Makes this and every later wait reject. */
  end(error: HoldfastError): void {
    this.#error ??= error;
    this.wake();
  }

  /** Throws where `end` was called. */
  checkEnded(): void {
    if (this.#error !== undefined) throw this.#error;
  }

  async wait(): Promise<void> {
    if (!this.#isAwake) {
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
      this.#resume = undefined;
    }
    this.#isAwake = false;
    this.checkEnded();
  }
}

function logName(tenantId: string, threadId: string): string {
  return JSON.stringify([tenantId, threadId]);
}
