import type { Holdfast, OpenOptions } from "../contract/index.js";

/** What is checked: a kind of store, and how to open it. */
export interface Subject {
  /** For the reader of the results. */
  readonly name: string;
  /** Whether what was written outlives the instance that wrote it, and several instances can be open on one store. */
  readonly durable: boolean;
  /**
   * Opens the store at `place`: the same store for the same place where the subject is durable, and an empty one for a place
   * that was never opened. A place is a short name of letters, digits and `-`; what becomes of it is the subject's business.
   */
  open(options: OpenOptions, place: string): Promise<Holdfast>;
}
