import type { LogEntry } from "holdfast";
import type { Findings } from "./findings.js";
import { Chain, eventText } from "./ledger.js";
import type { Ledger } from "./ledger.js";
import { NumberedReading } from "./numbered-reading.js";
import { placeText } from "./stamp.js";
import type { Place, Stamp } from "./stamp.js";

/** Goes through the entries of one log: each ordinal must come once, in order, and what is in it must belong there. */
export class LogReading {
  readonly #place: Place;
  readonly #findings: Findings;
  readonly #numbered: NumberedReading;
  #position: number;
  #isGapless = true;

  /** `after` is the ordinal before the first one that has to come. */
  constructor(place: Place, after: number, ledgers: Readonly<Record<string, Ledger>>, findings: Findings) {
    this.#place = place;
    this.#position = after;
    this.#findings = findings;
    this.#numbered = new NumberedReading(place, "event", ledgers, findings);
  }

  /** The ordinal of the last entry. */
  get position(): number {
    return this.#position;
  }

  /** Whether nothing was wrong so far. */
  get isClean(): boolean {
    return this.#isGapless && this.#numbered.isClean;
  }

  next({ ordinal, event }: LogEntry): Stamp | undefined {
    if (ordinal !== this.#position + 1) {
      this.#isGapless = false;
      const isRepeated = ordinal === this.#position;
      const wrong = ordinal > this.#position ? "lost" : isRepeated ? "doubled" : "reordered";
      this.#findings.add(wrong, `${placeText(this.#place)}: event ${ordinal} right after ${this.#position}`);
    }
    this.#position = Math.max(this.#position, ordinal);
    return this.#numbered.next(event);
  }

  end(): void {
    this.#numbered.end();
  }
}

/** The entries of one writer, as its ledger has them. */
export class OwnEvents {
  readonly chain: Chain = new Chain();
  /** Writes of unknown outcome that are there. */
  readonly settled: Set<number> = new Set();
  readonly #writer: string;
  readonly #ledger: Ledger;

  constructor(writer: string, ledger: Ledger) {
    this.#writer = writer;
    this.#ledger = ledger;
  }

  add(ordinal: number, stamp: Stamp | undefined): void {
    if (stamp?.writer !== this.#writer) return;
    if (this.#ledger.unsettled.has(stamp.n)) this.settled.add(stamp.n);
    else this.chain.add(eventText(ordinal, stamp.n, stamp.index));
  }
}
