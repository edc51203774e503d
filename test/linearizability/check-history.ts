import type { Model, Operation } from "./model.js";
import { Timeline } from "./timeline.js";
import type { Moment } from "./timeline.js";

export type Verdict<Input, Output> = { readonly isLinearizable: true } | Refusal<Input, Output>;

export interface Refusal<Input, Output> {
  readonly isLinearizable: false;
  /** The longest order of operations that explains a beginning of the history. */
  readonly explained: readonly Operation<Input, Output>[];
  /** What may come next, and cannot have had the output that it had. */
  readonly unexplained: readonly Operation<Input, Output>[];
}

/**
 * Whether there is an order of the operations, in which each takes effect at one moment between its call and its return,
 * that the model allows. An operation without a return may be left out of it.
 *
 * The search of Wing and Gong (1993), which remembers where it has been as Lowe does (2017). Throws where it takes more
 * than `mostSteps`: then the verdict is not known.
 */
export function checkHistory<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
  mostSteps: number = 1_000_000,
): Verdict<Input, Output> {
  const search = new Search(model, history);
  let moment = search.first;
  for (let step = 0; !search.isOver; step++) {
    if (step === mostSteps) throw new Error(`No verdict on ${history.length} operations after ${mostSteps} steps.`);
    // Never past the end: a return is still in the list, until the search is over.
    const { isCall, next } = moment!;
    if (isCall) {
      moment = search.take(moment!) ? search.first : next;
      continue;
    }
    // Whatever comes now comes after this return, and its operation has not taken effect: something before was wrong.
    const retracted = search.goBack();
    if (retracted === undefined) return search.refusal;
    moment = retracted.next;
  }
  return { isLinearizable: true };
}

/** Operations in an order that the model allows, and what is left of the history. */
class Search<State, Input, Output> {
  readonly #model: Model<State, Input, Output>;
  readonly #history: readonly Operation<Input, Output>[];
  readonly #timeline: Timeline;
  readonly #ranks: readonly number[];
  readonly #order: Taken<State>[] = [];
  readonly #visited = new Set<string>();
  #now: Standing<State>;
  #refusal: Refusal<Input, Output> | undefined;

  constructor(model: Model<State, Input, Output>, history: readonly Operation<Input, Output>[]) {
    this.#model = model;
    this.#history = history;
    this.#timeline = new Timeline(history);
    this.#ranks = history
      .map((operation) => this.#rankOf(operation))
      .filter((rank) => rank !== undefined)
      .toSorted((a, b) => a - b);
    const unreturned = history.filter(({ returned }) => returned !== undefined).length;
    this.#now = { state: model.initial, taken: 0n, ranked: 0, unreturned };
  }

  get first(): Moment | undefined {
    return this.#timeline.first;
  }

  /** True once every operation that returned is in the order. */
  get isOver(): boolean {
    return this.#now.unreturned === 0;
  }

  /** Where the search got farthest. */
  get refusal(): Refusal<Input, Output> {
    return this.#refusal ?? this.#deadEnd();
  }

  /** Adds an operation to the order, where it can come next and that was not tried before. */
  take(call: Moment): boolean {
    const operation = this.#history[call.index]!;
    const { input, output, returned } = operation;
    const { state, taken, ranked, unreturned } = this.#now;
    const rank = this.#rankOf(operation);
    if (rank !== undefined && rank !== this.#ranks[ranked]) return false;
    const next = this.#model.step(state, input, output);
    if (next === undefined) return false;
    const now = {
      state: next,
      taken: taken | (1n << BigInt(call.index)),
      ranked: ranked + (rank === undefined ? 0 : 1),
      unreturned: unreturned - (returned === undefined ? 0 : 1),
    };
    const key = this.#model.keyOf(next);
    const configuration = `${now.taken.toString(36)} ${key}`;
    if (this.#visited.has(configuration)) return false;
    this.#visited.add(configuration);
    const isIdle = this.#model.isIdle(state, input, output) && key === this.#model.keyOf(state);
    this.#order.push({ call, before: this.#now, isIdle });
    this.#timeline.takeOut(call);
    this.#now = now;
    return true;
  }

  /** Takes back the last choice, and gives it; `undefined` where there is none left. */
  goBack(): Moment | undefined {
    if (this.#order.length > (this.#refusal?.explained.length ?? 0)) this.#refusal = this.#deadEnd();
    for (let last = this.#order.pop(); last !== undefined; last = this.#order.pop()) {
      this.#timeline.putBack(last.call);
      this.#now = last.before;
      // What is idle was no choice: all that is possible where it comes later is possible where it comes at once.
      if (!last.isIdle) return last.call;
    }
    return undefined;
  }

  #deadEnd(): Refusal<Input, Output> {
    const at = ({ index }: Moment): Operation<Input, Output> => this.#history[index]!;
    const explained = this.#order.map(({ call }) => at(call));
    return { isLinearizable: false, explained, unexplained: Array.from(this.#timeline.openCalls(), at) };
  }

  #rankOf({ input, output }: Operation<Input, Output>): number | undefined {
    return output === undefined ? undefined : this.#model.rankOf(input, output);
  }
}

/** An operation in the order, with how things stood before it. */
interface Taken<State> {
  readonly call: Moment;
  readonly before: Standing<State>;
  readonly isIdle: boolean;
}

interface Standing<State> {
  readonly state: State;
  /** A bit for each operation in the order. */
  readonly taken: bigint;
  /** How many operations in the order have a rank. */
  readonly ranked: number;
  /** How many operations that returned are not in the order. */
  readonly unreturned: number;
}
