import type { Model } from "../model.js";

export type EntryInput =
  | { readonly do: "get" }
  | { readonly do: "getEntry" }
  | { readonly do: "put"; readonly value: number; readonly expectedRevision?: number }
  | { readonly do: "delete"; readonly expectedRevision?: number }
  /** Adds to the value, which is 0 where there is none. */
  | { readonly do: "update"; readonly add: number };

export interface EntryOutput {
  /** Of a read: absent where there is no entry. */
  readonly value?: number;
  /** Of `getEntry`, 0 where there is no entry; and what a write made of it. */
  readonly revision?: number;
  readonly deleted?: boolean;
  /** It was refused, and this is the revision there was instead, or 0. */
  readonly conflict?: number;
}

export interface EntryState {
  /** Absent where there is no entry. */
  readonly value?: number;
  /** 0 where there is no entry; absent where a write that nobody was told of gave it one. */
  readonly revision?: number;
  /** Every revision from now on is greater. */
  readonly highest: number;
}

/** An entry of the kv store. */
export const entryModel: Model<EntryState, EntryInput, EntryOutput> = {
  initial: { revision: 0, highest: 0 },
  step(state, input, output) {
    if (output?.conflict !== undefined) return afterConflict(state, input, output.conflict);
    switch (input.do) {
      case "get":
        return output === undefined || output.value === state.value ? state : undefined;
      case "getEntry":
        if (output === undefined) return state;
        return output.value === state.value ? atRevision(state, output.revision!) : undefined;
      case "put":
        return afterWrite(asExpected(state, input.expectedRevision), input.value, output);
      case "update":
        return afterWrite(state, (state.value ?? 0) + input.add, output);
      case "delete":
        return afterDelete(state, input.expectedRevision, output);
    }
  },
  isIdle: (_, input, output) =>
    input.do.startsWith("get") || output?.conflict !== undefined || output?.deleted === false,
  // A revision is seen while it is the highest, and never again. 0 is seen whenever there is no entry.
  rankOf: (_, { revision, conflict }) => revision || conflict || undefined,
  keyOf: JSON.stringify,
};

/** The state, now that its revision was seen; `undefined` where it has another. */
function atRevision(state: EntryState, revision: number): EntryState | undefined {
  if (state.revision !== undefined) return state.revision === revision ? state : undefined;
  return revision > state.highest ? { ...state, revision, highest: revision } : undefined;
}

function asExpected(state: EntryState, expected: number | undefined): EntryState | undefined {
  return expected === undefined ? state : atRevision(state, expected);
}

function afterConflict(state: EntryState, input: EntryInput, actual: number): EntryState | undefined {
  if (!("expectedRevision" in input) || input.expectedRevision === actual) return undefined;
  return atRevision(state, actual);
}

function afterWrite(
  state: EntryState | undefined,
  value: number,
  output: EntryOutput | undefined,
): EntryState | undefined {
  if (state === undefined || output === undefined) return state && { value, highest: state.highest };
  return atRevision({ value, highest: state.highest }, output.revision!);
}

function afterDelete(
  state: EntryState,
  expected: number | undefined,
  output: EntryOutput | undefined,
): EntryState | undefined {
  const isThere = state.value !== undefined;
  if (output !== undefined && output.deleted !== isThere) return undefined;
  const found = isThere ? asExpected(state, expected) : state;
  return found && { revision: 0, highest: found.highest };
}
