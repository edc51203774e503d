import type { Model } from "../model.js";

export interface UserThreadInput {
  readonly do: "getOrCreateThread";
}

export interface UserThreadOutput {
  readonly threadId: string;
}

/** The thread of a user who has one at most: everybody gets the same. */
export const userThreadModel: Model<{ readonly threadId?: string }, UserThreadInput, UserThreadOutput> = {
  initial: {},
  step(state, _, output) {
    // Which thread it made, if it made one, is known as soon as somebody else gets it.
    if (output === undefined) return state;
    const { threadId = output.threadId } = state;
    return threadId === output.threadId ? { threadId } : undefined;
  },
  isIdle: ({ threadId }) => threadId !== undefined,
  rankOf: () => undefined,
  keyOf: JSON.stringify,
};
