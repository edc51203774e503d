import { isDeepStrictEqual } from "node:util";
import type { Model } from "../model.js";

export type TurnInput =
  /** Appends the note to a log, and puts it as an entry, in one write. */
  | { readonly do: "write"; readonly note: string }
  /** Reads both from one snapshot. */
  | { readonly do: "read" };

export interface TurnOutput {
  readonly head?: number;
  readonly notes?: readonly string[];
  /** The entry; absent where there is none. */
  readonly last?: string;
  /** Never: it expects nothing. */
  readonly conflict?: never;
}

/** A log with an entry that always says what its last event says. */
export const turnsModel: Model<readonly string[], TurnInput, TurnOutput> = {
  initial: [],
  step(state, input, output) {
    if (input.do === "read") {
      const last = state.at(-1);
      const answer = { notes: state, ...(last !== undefined && { last }) };
      return output === undefined || isDeepStrictEqual(answer, output) ? state : undefined;
    }
    const next = [...state, input.note];
    return output === undefined || output.head === next.length ? next : undefined;
  },
  isIdle: (_, input) => input.do === "read",
  rankOf: () => undefined,
  keyOf: JSON.stringify,
};
