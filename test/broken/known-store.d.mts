import type { Holdfast } from "holdfast";

export type Answer = { readonly value: unknown } | { readonly error: unknown };
export function fillKnownStore(db: Holdfast, random: () => number): Promise<void>;
export function answersOf(db: Holdfast): Promise<ReadonlyMap<string, Answer>>;
