import type { HoldfastError } from "../contract/index.js";
import type { LogAddress } from "./backend.js";
import type { FollowedLog } from "./followed-log.js";

/** Waits on behalf of one tail. A wake-up that comes while nobody waits is kept for the next wait. */
export class Sleeper {
  readonly address: LogAddress;
  readonly log: FollowedLog;
  readonly leave: () => void;
  /** Where the log stood when its tail last read it. */
  knownHead: number | undefined;
  #isAwake = false;
  #error: HoldfastError | undefined;
  #resume: (() => void) | undefined;

  constructor(address: LogAddress, log: FollowedLog, leave: () => void) {
    this.address = address;
    this.log = log;
    this.leave = leave;
  }

  /** Whether the next wait is over at once, so that the tail reads again anyway. */
  get isAwake(): boolean {
    return this.#isAwake;
  }

  wake(): void {
    this.#isAwake = true;
    this.#resume?.();
  }

  /** Wakes it where the log stands elsewhere: not only further, as the log of an erased tenant begins anew. */
  wakeUnless(head: number): void {
    if (this.knownHead === head) return;
    this.log.outdate();
    this.wake();
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
