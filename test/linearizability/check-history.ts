import type { Model, Operation } from "./model.js";

export type Verdict<Input, Output> =
  | { readonly isLinearizable: true }
  | {
      readonly isLinearizable: false;
      /** The longest order of operations that explains a beginning of the history. */
      readonly explained: readonly Operation<Input, Output>[];
      /** What may come next, and cannot have had the output that it had. */
      readonly unexplained: readonly Operation<Input, Output>[];
    };

/**
 * Whether there is an order of the operations, in which each takes effect at one moment between its call and its return,
 * that the model allows. An operation without a return may be left out of it.
 *
 * The search of Wing and Gong (1993), which remembers where it has been as Lowe does (2017). Times that are equal are
 * taken as overlapping. Throws where it takes more than `mostSteps`: then the verdict is not known.
 */
export function checkHistory<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
  mostSteps: number = 1_000_000,
): Verdict<Input, Output> {
  const beginning = linked(history);
  const visited = new Set<string>();
  const order: Taken<State>[] = [];
  let deadEnd: Extract<Verdict<Input, Output>, { isLinearizable: false }> | undefined;
  let state = model.initial;
  let taken = 0n;
  let unreturned = history.filter(({ returned }) => returned !== undefined).length;
  let entry = beginning.next;

  for (let step = 0; unreturned > 0; step++) {
    if (step === mostSteps) throw new Error(`No verdict on ${history.length} operations after ${mostSteps} steps.`);
    // An operation that returned is in the list with its return, so the end is reached only where none is left.
    const { index, isCall } = entry!;
    if (isCall) {
      const { input, output, returned } = history[index]!;
      const next = model.step(state, input, output);
      const nextTaken = taken | (1n << BigInt(index));
      if (next !== undefined && isNew(visited, `${nextTaken.toString(36)} ${model.keyOf(next)}`)) {
        order.push({ entry: entry!, state, taken });
        takeOut(entry!);
        [state, taken] = [next, nextTaken];
        if (returned !== undefined) unreturned--;
        entry = beginning.next;
      } else entry = entry!.next;
      continue;
    }
    // Whatever comes next would come after this return, and its operation has not taken effect: something before was wrong.
    if (deadEnd === undefined || order.length > deadEnd.explained.length) {
      const explained = order.map((each) => history[each.entry.index]!);
      deadEnd = { isLinearizable: false, explained, unexplained: possible(beginning, history) };
    }
    const last = order.pop();
    if (last === undefined) return deadEnd;
    putBack(last.entry);
    ({ state, taken } = last);
    if (history[last.entry.index]!.returned !== undefined) unreturned++;
    entry = last.entry.next;
  }
  return { isLinearizable: true };
}

/** An operation in the order that is tried, with what was so before it. */
interface Taken<State> {
  readonly entry: Entry;
  readonly state: State;
  /** A bit for each operation that came before. */
  readonly taken: bigint;
}

/** A call or a return, in a list of them by time. */
interface Entry {
  /** Of the operation, in the history. */
  readonly index: number;
  readonly isCall: boolean;
  /** The return that goes with a call. */
  readonly end?: Entry;
  previous?: Entry | undefined;
  next?: Entry | undefined;
}

/** Gives an entry before the first. */
function linked(history: readonly Operation[]): Entry {
  const timed = history.flatMap<{ readonly at: number; readonly entry: Entry }>(({ called, returned }, index) => {
    if (returned === undefined) return [{ at: called, entry: { index, isCall: true } }];
    const end: Entry = { index, isCall: false };
    return [
      { at: called, entry: { index, isCall: true, end } },
      { at: returned, entry: end },
    ];
  });
  timed.sort((a, b) => a.at - b.at || Number(b.entry.isCall) - Number(a.entry.isCall));
  const beginning: Entry = { index: -1, isCall: false };
  let last = beginning;
  for (const { entry } of timed) {
    entry.previous = last;
    last.next = entry;
    last = entry;
  }
  return beginning;
}

function takeOut(call: Entry): void {
  for (const entry of call.end === undefined ? [call] : [call, call.end]) {
    entry.previous!.next = entry.next;
    if (entry.next !== undefined) entry.next.previous = entry.previous;
  }
}

/** Undoes `takeOut`, which left in the entries where they were: so the return, taken out last, goes back first. */
function putBack(call: Entry): void {
  for (const entry of call.end === undefined ? [call] : [call.end, call]) {
    entry.previous!.next = entry;
    if (entry.next !== undefined) entry.next.previous = entry;
  }
}

/** The operations that began before any that is left has returned. */
function possible<Input, Output>(
  beginning: Entry,
  history: readonly Operation<Input, Output>[],
): readonly Operation<Input, Output>[] {
  const operations: Operation<Input, Output>[] = [];
  for (let entry = beginning.next; entry?.isCall === true; entry = entry.next) operations.push(history[entry.index]!);
  return operations;
}

function isNew(visited: Set<string>, configuration: string): boolean {
  if (visited.has(configuration)) return false;
  visited.add(configuration);
  return true;
}
