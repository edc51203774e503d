import type { ArchiveStep, Commit, CommitError, CommitOutcome, EvictStep } from "../../core/backend.js";
import type { DriverName } from "./driver.js";
import type { SchemaVersions } from "./opening.js";

/** What the writer's thread is started with. */
export interface WriterSetup {
  readonly path: string;
  readonly driver: DriverName;
  readonly now: number;
}

/** What it is asked to do, one thing after the other. */
export type WriterRequest =
  | { readonly kind: "commit"; readonly group: readonly Commit[] }
  | { readonly kind: "archive"; readonly tenantId: string; readonly threadId: string; readonly watermark: number }
  | { readonly kind: "evict"; readonly tenantId: string; readonly now: number; readonly limit: number }
  | { readonly kind: "close" };

/** What each request is answered with. */
export interface WriterAnswers {
  commit: readonly CommitOutcome[];
  archive: ArchiveStep;
  evict: EvictStep;
  close: undefined;
}

/** The first reply tells of the opening, every later one of a request, in their order. */
export type WriterReply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: CommitError };

export interface Opened {
  readonly hashKey: Uint8Array;
  readonly versions: SchemaVersions;
}
