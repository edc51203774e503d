/** What must not happen, in the words of the report. */
export type Wrong =
  /** Acknowledged, and not there. */
  | "lost"
  | "doubled"
  | "reordered"
  /** Of one tenant, user or thread, and seen in another. */
  | "crossed"
  /** Of a user who was erased, and still there; or removed with them though it was not theirs. */
  | "erasure"
  /** There, and not what was written, or never acknowledged. */
  | "altered"
  /** A call was refused that had to succeed, or did what it must not. */
  | "refused";

export interface FoundWrong {
  readonly wrong: Wrong;
  readonly text: string;
}

const mostKept = 20;

/** Everything that was wrong. Of each sort the first few are kept, and all are counted. */
export class Findings {
  readonly #kept: FoundWrong[] = [];
  readonly #counts = new Map<Wrong, number>();

  add(wrong: Wrong, text: string): void {
    const count = (this.#counts.get(wrong) ?? 0) + 1;
    this.#counts.set(wrong, count);
    if (count <= mostKept) this.#kept.push({ wrong, text });
  }

  get first(): readonly FoundWrong[] {
    return this.#kept;
  }

  get counts(): Readonly<Partial<Record<Wrong, number>>> {
    return Object.fromEntries(this.#counts);
  }
}
