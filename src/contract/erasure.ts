import type { CallOptions } from "./context.js";
import type { EpochMs } from "./identifiers.js";

export interface EraseOptions extends CallOptions {
  /** Why: kept with the receipt. Up to 1,024 bytes. Put no personal data in it. */
  readonly reason?: string | undefined;
}

/** What was erased: kept for good, and free of what it erased. */
export interface ErasureReceipt {
  readonly id: string;
  readonly kind: "user" | "thread" | "tenant";
  /** Whose: hex of the HMAC-SHA-256 of kind, tenant and id, with a secret of the store. The same gives the same in one store. */
  readonly subject: string;
  readonly requestedAt: EpochMs;
  readonly completedAt: EpochMs;
  readonly actor?: string;
  readonly requestId?: string;
  readonly reason?: string;
  readonly removed: ErasedRows;
}

/** Rows that are gone. */
export interface ErasedRows {
  readonly threads: number;
  readonly messages: number;
  readonly stateSnapshots: number;
  readonly kvEntries: number;
  readonly logs: number;
  /** Of both tiers. */
  readonly logEntries: number;
  /** Records of commits: outcomes of an `operationId`, and who did what. */
  readonly operations: number;
  readonly leases: number;
}
