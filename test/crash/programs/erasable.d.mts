import type { ErasureReceipt, Holdfast } from "holdfast";

export interface Subject {
  readonly kind: ErasureReceipt["kind"];
  /** In every text that is the subject's, identifiers included. */
  readonly canary: string;
  readonly tenantId: string;
  readonly userId: string;
  readonly threadId: string;
}

export const sharedTenant: string;
export const filledAt: number;
export const messages: number;
export const entries: number;
export const archivedEntries: number;
export const keys: number;
export const snapshots: number;
export function subjectOf(round: number): Subject;
export function eventOf(subject: Subject, ordinal: number): { readonly kind: "note"; readonly ordinal: number };
export function fill(db: Holdfast, subject: Subject): Promise<void>;
export function erase(db: Holdfast, subject: Subject): Promise<ErasureReceipt>;
