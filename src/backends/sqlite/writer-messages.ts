import type { Diagnosis } from "../../contract/index.js";
import type {
  ArchiveStep,
  Commit,
  CommitError,
  CommitOutcome,
  EraseStep,
  EvictStep,
  LogAddress,
  NewErasure,
  PendingErasure,
  Scope,
  SweepKind,
  SweepPosition,
  SweepStep,
} from "../../core/backend.js";
import type { Settings } from "../../core/settings.js";
import type { DriverName } from "./driver.js";
import type { SchemaVersions } from "./opening.js";

/** What the writer's thread is started with. */
export interface WriterSetup {
  readonly path: string;
  readonly driver: DriverName;
  readonly now: number;
  /** As they were given to `open`. */
  readonly settings: Settings;
}

/** What it is asked to do, one thing after the other. */
export type WriterRequest =
  | { readonly kind: "commit"; readonly group: readonly Commit[] }
  | { readonly kind: "archive"; readonly log: LogAddress; readonly watermark: number; readonly now: number }
  | { readonly kind: "evict"; readonly of: Scope; readonly now: number; readonly limit: number }
  | {
      readonly kind: "sweep";
      readonly tenantId: string;
      readonly what: SweepKind;
      readonly now: number;
      readonly after: SweepPosition | undefined;
    }
  | { readonly kind: "noteSwept"; readonly tenantId: string | undefined }
  | { readonly kind: "beginErasure"; readonly erasure: NewErasure }
  | { readonly kind: "erase"; readonly erasure: PendingErasure; readonly now: number }
  | { readonly kind: "mend" }
  | { readonly kind: "close" };

/** What each request is answered with. */
export interface WriterAnswers {
  commit: readonly CommitOutcome[];
  archive: ArchiveStep;
  evict: EvictStep;
  sweep: SweepStep;
  noteSwept: undefined;
  beginErasure: PendingErasure;
  erase: EraseStep;
  mend: Diagnosis;
  close: undefined;
}

/** The first reply tells of the opening, every later one of a request, in their order. */
export type WriterReply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: CommitError };

export interface Opened {
  readonly versions: SchemaVersions;
}
