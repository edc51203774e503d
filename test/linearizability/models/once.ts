import { isDeepStrictEqual } from "node:util";
import type { Model } from "../model.js";

export interface OnceState<State, Output> {
  readonly inner: State;
  readonly outcomes: Readonly<Record<string, Outcome<State, Output>>>;
}

/** What the operation resolved with; or, while nobody was told, the state in which it took effect. */
type Outcome<State, Output> = { readonly output: Output } | { readonly before: State };

/**
 * The same object, where an operation with an `operationId` takes effect once: all who repeat it have its first output, and
 * change nothing. What was refused was not the operation, and may come again.
 */
export function once<State, Input, Output extends { readonly conflict?: number }>(
  model: Model<State, Input, Output>,
): Model<OnceState<State, Output>, Input & { readonly operationId?: string }, Output> {
  return {
    initial: { inner: model.initial, outcomes: {} },
    step(state, input, output) {
      const { operationId } = input;
      const outcome = operationId === undefined ? undefined : state.outcomes[operationId];
      if (operationId !== undefined && outcome !== undefined) {
        if (output === undefined) return state;
        if ("output" in outcome) return isDeepStrictEqual(outcome.output, output) ? state : undefined;
        const isPossible = model.step(outcome.before, input, output) !== undefined;
        return isPossible ? remember(state, operationId, { output }) : undefined;
      }
      const inner = model.step(state.inner, input, output);
      if (inner === undefined) return undefined;
      const next = { ...state, inner };
      if (operationId === undefined || output?.conflict !== undefined) return next;
      return remember(next, operationId, output === undefined ? { before: state.inner } : { output });
    },
    isIdle({ inner, outcomes }, input, output) {
      const isRepeat = input.operationId !== undefined && outcomes[input.operationId] !== undefined;
      return isRepeat || model.isIdle(inner, input, output);
    },
    // A repeat has the output of what came long before.
    rankOf: (input, output) => (input.operationId === undefined ? model.rankOf(input, output) : undefined),
    keyOf({ inner, outcomes }) {
      // Sorted: the same outcomes may have come about in any order.
      const texts = Object.entries(outcomes).map((outcome) => JSON.stringify(outcome));
      return [model.keyOf(inner), ...texts.toSorted()].join(" ");
    },
  };
}

function remember<State, Output>(
  state: OnceState<State, Output>,
  operationId: string,
  outcome: Outcome<State, Output>,
): OnceState<State, Output> {
  return { ...state, outcomes: { ...state.outcomes, [operationId]: outcome } };
}
