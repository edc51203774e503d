import { HoldfastError } from "../contract/index.js";
import type { CallOptions } from "../contract/index.js";
import { holding } from "./held-commit.js";
import type { HeldCommit } from "./held-commit.js";

/** What happens to a commit: `go` sends it to the store, and is called once at most. */
export type Fault = (go: () => Promise<unknown>, call: CallOptions) => Promise<unknown>;

/** Counts commits and reads, and knows which of them are to fail. */
export class Faults {
  readonly #ofCommits = new Map<number, Fault[]>();
  readonly #refusedReads = new Set<number>();
  readonly #held = new Set<HeldCommit>();
  #commits = 0;
  #reads = 0;

  get commits(): number {
    return this.#commits;
  }

  refuseCommit(nth: number): void {
    this.#plan(nth, () => Promise.reject(refused("commit", { outcome: "none" })));
  }

  holdCommit(nth: number): HeldCommit {
    const { held, fault } = holding();
    this.#plan(nth, fault);
    this.#held.add(held);
    return held;
  }

  loseAnswer(nth: number): void {
    this.#plan(nth, async (go) => {
      await go();
      throw lost();
    });
  }

  refuseRead(nth: number): void {
    this.#refusedReads.add(this.#reads + checked(nth));
  }

  releaseAll(): void {
    for (const held of this.#held) held.release();
  }

  /** Lets a commit come about as was commanded for it. */
  commit(call: CallOptions, go: () => Promise<unknown>): Promise<unknown> {
    this.#commits += 1;
    const faults = this.#ofCommits.get(this.#commits) ?? [];
    this.#ofCommits.delete(this.#commits);
    return faults.reduceRight<() => Promise<unknown>>((next, fault) => () => fault(next, call), go)();
  }

  /** Counts a read. Gives the error where it is to be refused. */
  read(): HoldfastError | undefined {
    this.#reads += 1;
    return this.#refusedReads.delete(this.#reads) ? refused("read") : undefined;
  }

  #plan(nth: number, fault: Fault): void {
    const commit = this.#commits + checked(nth);
    this.#ofCommits.set(commit, [...(this.#ofCommits.get(commit) ?? []), fault]);
  }
}

function checked(nth: number): number {
  if (Number.isSafeInteger(nth) && nth >= 1) return nth;
  throw new HoldfastError("INVALID_ARGUMENT", `nth must be an integer from 1, but is ${String(nth)}.`, {
    details: { path: "nth" },
  });
}

function refused(what: string, init: { readonly outcome?: "none" } = {}): HoldfastError {
  return new HoldfastError("UNAVAILABLE", `The failing store was told to refuse this ${what}.`, init);
}

function lost(): HoldfastError {
  const message = "The failing store was told to lose the answer to this commit.";
  return new HoldfastError("UNAVAILABLE", message, { outcome: "unknown" });
}
