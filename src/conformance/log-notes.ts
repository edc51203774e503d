import type { LogEntry } from "../contract/index.js";

/** `count` small events, numbered from `first`. */
export function notes(count: number, first: number = 1): { readonly kind: string; readonly n: number }[] {
  return Array.from({ length: count }, (_, index) => ({ kind: "note", n: first + index }));
}

/** The numbers of such events. */
export function numbers(entries: readonly LogEntry[]): unknown[] {
  return entries.map(({ event }) => (event as { n?: unknown }).n);
}

export function ordinals(entries: readonly LogEntry[]): number[] {
  return entries.map(({ ordinal }) => ordinal);
}
