import { createHash } from "node:crypto";

/** Messages or events of one writer in one thread, as they were acknowledged: how many, and one hash over them, in order. */
export class Chain {
  #count = 0;
  #hash = "";

  add(what: string): void {
    this.#count += 1;
    this.#hash = createHash("sha256").update(this.#hash).update(what).digest("base64url");
  }

  get count(): number {
    return this.#count;
  }

  equals(other: Chain): boolean {
    return this.#count === other.#count && this.#hash === other.#hash;
  }
}

/** A message as the store acknowledged it. */
export function messageText(id: string, n: number, index: number): string {
  return `${id} ${n} ${index}`;
}

/** An event as the store acknowledged it. */
export function eventText(ordinal: number, n: number, index: number): string {
  return `${ordinal} ${n} ${index}`;
}

/**
 * What one process knows of its writes to one thread. It makes them one after the other.
 *
 * It takes the same room however many there are; only a write that failed is noted by itself.
 */
export class Ledger {
  readonly messages: Chain = new Chain();
  readonly events: Chain = new Chain();
  /** Numbers of writes whose outcome is unknown: each may be there or not, as a whole. */
  readonly unsettled: Set<number> = new Set();
  /** Numbers of writes that were not stored. */
  readonly notStored: Set<number> = new Set();
  /** The number of the last write that was begun. */
  begun = 0;
  /** The number of the last write that was acknowledged. */
  acknowledged = 0;
  /** The ordinal of the last event that was acknowledged. */
  head = 0;

  /** Whether the write with this number has to be there. */
  isOwed(n: number): boolean {
    return n > 0 && n <= this.begun && !this.unsettled.has(n) && !this.notStored.has(n);
  }
}
