import type { EpochMs } from "../contract/index.js";
import type { EntryRow, KvRow, MessageRow, StateRow, ThreadRow } from "./rows.js";

/** Stores a row as it was in another store. `true` where it was not there, `false` where it was, exactly so; of entries, how many were not. */
export type ImportRow = ImportThread | ImportMessage | ImportSnapshot | ImportEntry | ImportLog | ImportEvents;

export interface ImportThread {
  readonly kind: "import.thread";
  readonly row: ThreadRow;
}

export interface ImportMessage {
  readonly kind: "import.message";
  readonly row: MessageRow;
}

export interface ImportSnapshot {
  readonly kind: "import.snapshot";
  readonly row: StateRow;
  readonly recordedAt: EpochMs;
}

export interface ImportEntry {
  readonly kind: "import.entry";
  readonly namespace: readonly string[];
  readonly row: KvRow;
}

/** Makes a log that has no entries yet. */
export interface ImportLog {
  readonly kind: "import.log";
  readonly threadId: string;
  readonly userId?: string;
}

/** Appends entries with their own ordinals, which follow each other. Those that are there already, exactly so, are skipped. */
export interface ImportEvents {
  readonly kind: "import.events";
  readonly threadId: string;
  /** At least one. */
  readonly entries: readonly EntryRow[];
}
