import { integer } from "../../core/arguments.js";
import { exhausted } from "./exhausted.js";
import type { Principal } from "./principal.js";

export interface TailLimitOptions {
  /** Tails that one principal may have open at once on this server; 1,000 by default. */
  readonly perPrincipal?: number | undefined;
}

/** A tail ends when its reader likes, so this is a guess at when to look again. */
const retryAfterMs = 1000;

/** Counts the open tails of each principal. */
export class TailLimit {
  readonly #perPrincipal: number;
  readonly #open = new Map<string, number>();
  #allOpen = 0;

  constructor({ perPrincipal = 1000 }: TailLimitOptions = {}) {
    this.#perPrincipal = integer(perPrincipal, "tails.perPrincipal", 1);
  }

  /** Tails that are open now, of all principals. */
  get open(): number {
    return this.#allOpen;
  }

  /** Counts one more, and returns what to call, once or more often, when it has ended. `RESOURCE_EXHAUSTED` at the limit. */
  acquire({ id }: Principal): () => void {
    const open = this.#open.get(id) ?? 0;
    if (open >= this.#perPrincipal) {
      throw exhausted("tails", `${open} tails are open, and that is the limit. Close one.`, {
        limit: this.#perPrincipal,
        retryAfterMs,
      });
    }
    this.#count(id, 1);
    let isOpen = true;
    return () => {
      if (isOpen) this.#count(id, -1);
      isOpen = false;
    };
  }

  #count(id: string, change: 1 | -1): void {
    const open = (this.#open.get(id) ?? 0) + change;
    this.#allOpen += change;
    if (open === 0) this.#open.delete(id);
    else this.#open.set(id, open);
  }
}
