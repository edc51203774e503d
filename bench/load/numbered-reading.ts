import type { Findings, Wrong } from "./findings.js";
import type { Ledger } from "./ledger.js";
import { isFrom, placeText, stampIn } from "./stamp.js";
import type { Place, Stamp } from "./stamp.js";

/** How far the reading of one writer's writes has come. */
interface Progress {
  last: Stamp;
  /** Parts of the last write that were seen. */
  readonly parts: Set<number>;
  /** Numbers before the last one that had to come, and have not. */
  readonly missing: Set<number>;
}

/**
 * Goes through what was read of one thread, in its order: each writer's numbers must rise, with every part of a write there
 * once. For the writers whose ledgers are given none may be missing; of the others this cannot be known.
 */
export class NumberedReading {
  readonly #place: Place;
  readonly #what: "message" | "event";
  readonly #ledgers: Readonly<Record<string, Ledger>>;
  readonly #findings: Findings;
  readonly #writers = new Map<string, Progress>();
  #isClean = true;

  constructor(place: Place, what: "message" | "event", ledgers: Readonly<Record<string, Ledger>>, findings: Findings) {
    this.#place = place;
    this.#what = what;
    this.#ledgers = ledgers;
    this.#findings = findings;
  }

  /** Whether nothing was wrong so far. */
  get isClean(): boolean {
    return this.#isClean;
  }

  /** The stamp of what was read, or `undefined` where it does not belong here. */
  next(content: unknown): Stamp | undefined {
    const stamp = stampIn(content);
    if (stamp === undefined) {
      return this.#refuse("altered", `a ${this.#what} without a stamp`);
    }
    if (!isFrom(stamp, this.#place)) {
      const { n, writer } = stamp;
      return this.#refuse("crossed", `a ${this.#what} of write ${n} of ${writer} to ${placeText(stamp)}`);
    }
    this.#compare(stamp);
    return stamp;
  }

  /** There is no more: what has not come by now is lost. */
  end(): void {
    for (const progress of this.#writers.values()) {
      this.#endWrite(progress);
      for (const n of progress.missing) this.#add("lost", progress.last.writer, n, "");
    }
    for (const [writer, ledger] of Object.entries(this.#ledgers)) {
      for (const n of this.#owed(writer, this.#writers.get(writer)?.last.n ?? 0, ledger.begun + 1)) {
        this.#add("lost", writer, n, "");
      }
    }
  }

  #compare(stamp: Stamp): void {
    const { writer, n, index } = stamp;
    const progress = this.#writers.get(writer);
    if (progress === undefined) {
      const missing = new Set(this.#owed(writer, 0, n));
      // Where no ledger is given, the reading may begin within a write.
      const isWhole = writer in this.#ledgers;
      const parts = new Set(isWhole ? [] : Array.from({ length: index }, (_, part) => part));
      this.#writers.set(writer, { last: stamp, parts: parts.add(index), missing });
      return;
    }
    const { last, parts, missing } = progress;
    if (n === last.n) {
      if (parts.has(index)) this.#add("doubled", writer, n, `part ${index}`);
      else if (index < last.index) this.#add("reordered", writer, n, `part ${index} after ${last.index}`);
      parts.add(index);
    } else if (n < last.n) {
      const isLate = missing.delete(n) || !(writer in this.#ledgers);
      this.#add(isLate ? "reordered" : "doubled", writer, n, `part ${index} after write ${last.n}`);
      return;
    } else {
      this.#endWrite(progress);
      for (const owed of this.#owed(writer, last.n, n)) missing.add(owed);
      parts.clear();
      parts.add(index);
    }
    progress.last = stamp;
  }

  #endWrite({ last, parts }: Progress): void {
    if (parts.size < last.of) this.#add("lost", last.writer, last.n, `${parts.size} of ${last.of} are there`);
  }

  /** Writes between two numbers that have to be there. */
  #owed(writer: string, after: number, before: number): number[] {
    const ledger = this.#ledgers[writer];
    const owed: number[] = [];
    if (ledger === undefined) return owed;
    for (let n = after + 1; n < before; n++) if (ledger.isOwed(n)) owed.push(n);
    return owed;
  }

  #add(wrong: Wrong, writer: string, n: number, more: string): void {
    this.#refuse(wrong, `${this.#what}s of write ${n} of ${writer}${more === "" ? "" : `, ${more}`}`);
  }

  #refuse(wrong: Wrong, text: string): undefined {
    this.#isClean = false;
    this.#findings.add(wrong, `${placeText(this.#place)}: ${text}`);
  }
}
