import type { Clock, EpochMs, Usage } from "../../contract/index.js";

/** Rows, and the bytes of the values in them. */
export interface Amount {
  readonly rows: number;
  readonly bytes: number;
}

/** How much one tenant holds: at least as much as it does, of what this server knows. */
export class TenantUse {
  readonly #usage: () => Promise<Usage>;
  readonly #clock: Clock;
  /** What the last count gave, and what was written since it began. */
  readonly #stored = { rows: 0, bytes: 0 };
  /** What is being written. */
  readonly #reserved = { rows: 0, bytes: 0 };
  #sinceCounting = { rows: 0, bytes: 0 };
  #counting: Promise<void> | undefined;
  #countedAt: EpochMs | undefined;
  #holders = 0;

  constructor(usage: () => Promise<Usage>, clock: Clock) {
    this.#usage = usage;
    this.#clock = clock;
  }

  get isCounted(): boolean {
    return this.#countedAt !== undefined;
  }

  get isCounting(): boolean {
    return this.#counting !== undefined;
  }

  /** When the last count ended. */
  get countedAt(): EpochMs {
    return this.#countedAt ?? Number.NEGATIVE_INFINITY;
  }

  /** Whether a write is on its way. */
  get isHeld(): boolean {
    return this.#holders > 0;
  }

  used(name: keyof Amount): number {
    return this.#stored[name] + this.#reserved[name];
  }

  hold(): () => void {
    this.#holders += 1;
    return () => {
      this.#holders -= 1;
    };
  }

  /** Counts what is stored, or waits for the count that is under way. */
  count(): Promise<void> {
    this.#counting ??= this.#count().finally(() => {
      this.#counting = undefined;
    });
    return this.#counting;
  }

  /** The same, where nobody waits for it: a count that fails changes nothing, and is made up for by the next. */
  countInBackground(): void {
    this.count().catch(() => undefined);
  }

  reserve(amount: Amount): void {
    add(this.#reserved, amount, 1);
  }

  /** A write that was reserved has ended. */
  settle(amount: Amount, isStored: boolean): void {
    add(this.#reserved, amount, -1);
    if (!isStored) return;
    add(this.#stored, amount, 1);
    add(this.#sinceCounting, amount, 1);
  }

  async #count(): Promise<void> {
    this.#sinceCounting = { rows: 0, bytes: 0 };
    const { messages, state, kv, log } = await this.#usage();
    // What ended while it was counted may be in the count or not, and so may what is still on its way: both are added, and so
    // may be there twice until the next count. Left out, they could be missed, and the quota be passed.
    Object.assign(this.#stored, this.#sinceCounting);
    for (const counted of [messages, state, kv, log]) add(this.#stored, counted, 1);
    this.#countedAt = this.#clock();
  }
}

function add(to: { rows: number; bytes: number }, { rows, bytes }: Amount, times: 1 | -1): void {
  to.rows += times * rows;
  to.bytes += times * bytes;
}
