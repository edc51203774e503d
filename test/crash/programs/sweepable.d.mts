import type { HistoryOptions, Holdfast, RetentionOptions } from "holdfast";

export const sweeping: { readonly history: HistoryOptions; readonly retention: RetentionOptions };
export const amounts: Readonly<
  Record<"idleMessages" | "deletedMessages" | "entries" | "expiring" | "kept" | "versions" | "leases", number>
>;
export const operationsPerRound: number;
export function writtenAt(round: number): number;
export function sweptAt(round: number): number;
export function eventOf(round: number, ordinal: number): object;
export function writeRound(db: Holdfast, round: number): Promise<void>;
