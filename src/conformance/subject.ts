import type { Holdfast, OpenOptions } from "../contract/index.js";

/** What is checked: a kind of store, and how to open it. */
export interface Subject {
  /** For the reader of the results. */
  readonly name: string;
  /** Whether what was written outlives the instance that wrote it, and several instances can be open on one store. */
  readonly durable: boolean;
  /**
   * What it cannot do, so that rules that turn out to need it are skipped; nothing, by default. `clock`: let the kit tell it
   * what time it is. `places`: make stores, so that every place is one store, which holds something already.
   */
  readonly without?: readonly ("clock" | "places")[];
  /**
   * Opens the store at `place`: the same store for the same place where the subject is durable, and an empty one for a place
   * that was never opened. A place is a short name of letters, digits and `-`; what becomes of it is the subject's business.
   */
  open(options: OpenOptions, place: string): Promise<Holdfast>;
  /** Where the stores keep their data, if that is in files: lets the kit look for what must not be in them. */
  readonly files?: StoreFiles;
}

/** The files in which the stores of a subject keep their data. */
export interface StoreFiles {
  /**
   * Every file of the store at `place`, whole: its logs and its cold tier included. Instances may have it open. Whoever
   * reads SQLite files must do so in another process: closing a file takes the locks of this process on it away.
   */
  read(place: string): Promise<readonly StoreFile[]>;
  /** The file to which `backup` has to write, so that `open` with this place opens the copy. */
  pathOf(place: string): string;
}

export interface StoreFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}
