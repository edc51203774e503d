import { isDeepStrictEqual } from "node:util";
import type { Model } from "../model.js";

export type LogInput =
  | { readonly do: "append"; readonly notes: readonly string[]; readonly expectedHead?: number }
  | { readonly do: "loadSince"; readonly cursor: number };

export interface LogOutput {
  readonly head?: number;
  readonly firstOrdinal?: number;
  /** Of `loadSince`. */
  readonly notes?: readonly string[];
  /** It was refused, and this is the head there was instead. */
  readonly conflict?: number;
}

/** A session log. Its state is all that was appended. */
export const logModel: Model<readonly string[], LogInput, LogOutput> = {
  initial: [],
  step(state, input, output) {
    const head = state.length;
    if (input.do === "loadSince") {
      return isAnswer({ head, notes: state.slice(input.cursor) }, output) ? state : undefined;
    }
    if (input.expectedHead !== undefined && input.expectedHead !== head) {
      return output?.conflict === head ? state : undefined;
    }
    const next = [...state, ...input.notes];
    return isAnswer({ head: next.length, firstOrdinal: head + 1 }, output) ? next : undefined;
  },
  isIdle: (_, input, output) => input.do === "loadSince" || output?.conflict !== undefined,
  rankOf: (_, { head, conflict }) => head ?? conflict,
  keyOf: JSON.stringify,
};

function isAnswer(answer: LogOutput, output: LogOutput | undefined): boolean {
  return output === undefined || isDeepStrictEqual(answer, output);
}
