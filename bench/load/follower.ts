import { setTimeout as pause } from "node:timers/promises";
import { LogReading } from "./log-reading.js";
import type { Person, SharedLog } from "./people.js";
import { isPassing } from "./settled-write.js";
import { placeText } from "./stamp.js";
import type { World } from "./world.js";

/** A tail that is open all the time: every event must come once and in order. After an erasure it follows the next user. */
export class Follower {
  readonly #world: World;
  readonly #who: Person | SharedLog;
  readonly #arrived: (ms: number) => void;
  readonly #stopped = new AbortController();
  readonly #ended: Promise<void>;
  #reading!: LogReading;
  /** The ordinal after which it ends, once that is known. */
  #target = Infinity;
  #hasFailed = false;

  /** `arrived` hears of each event how long it took from the beginning of its write. */
  constructor(world: World, who: Person | SharedLog, arrived: (ms: number) => void) {
    this.#world = world;
    this.#who = who;
    this.#arrived = arrived;
    this.#ended = this.#followAll();
  }

  /** Waits for the rest, once nobody writes any more, and ends. */
  async finish(): Promise<void> {
    const { tenant, thread } = this.#who;
    const { head } = await this.#world.db.tenant(tenant).log.head(thread);
    this.#target = head;
    if (this.#reading.position >= head) this.#stopped.abort();
    const late = setTimeout(() => this.#stopped.abort(), this.#world.arrivalMs);
    await this.#ended;
    clearTimeout(late);
    if (this.#reading.position < head && !this.#hasFailed) {
      const missing = `a tail has come to ${this.#reading.position} of ${head}`;
      this.#world.findings.add("lost", `${placeText(this.#who)}: ${missing}`);
    }
  }

  async #followAll(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      const who = this.#who;
      const leaving = "leaving" in who ? who.leaving.signal : undefined;
      this.#reading = new LogReading({ tenant: who.tenant, thread: who.thread }, 0, {}, this.#world.findings);
      await this.#follow(
        who.thread,
        AbortSignal.any([this.#stopped.signal, ...(leaving === undefined ? [] : [leaving])]),
      );
      if (leaving?.aborted !== true) continue;
      // Until the erasure has ended, and there is another user; where it failed, somebody tries again.
      await who.turnstile.pass(() => pause(1));
    }
  }

  async #follow(thread: string, signal: AbortSignal): Promise<void> {
    const { log } = this.#world.db.tenant(this.#who.tenant);
    while (!signal.aborted) {
      try {
        for await (const entry of log.tail(thread, { after: this.#reading.position, signal })) {
          const stamp = this.#reading.next(entry);
          if (stamp !== undefined) this.#arrived(Date.now() - stamp.at);
          if (entry.ordinal >= this.#target) this.#stopped.abort();
        }
      } catch (error) {
        if (!isPassing(error)) {
          this.#world.findings.add("refused", `${placeText(this.#who)}: tail: ${String(error)}`);
          this.#hasFailed = true;
          this.#stopped.abort();
          return;
        }
        await pause(200);
      }
    }
  }
}
