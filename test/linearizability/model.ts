/** One call that a client made, with the times at which it began and ended by a clock that all clients share. */
export interface Operation<Input = unknown, Output = unknown> {
  readonly client: string;
  readonly input: Input;
  readonly called: number;
  /** Absent, as the output, where nobody was told: the operation may take effect at any time after its call, or never. */
  readonly returned?: number;
  readonly output?: Output;
}

/** What an object does when its operations come one after the other. */
export interface Model<State, Input, Output> {
  readonly initial: State;
  /**
   * The state after the operation, or `undefined` where it cannot have had this output in this state. Without an output it
   * took effect, and nobody was told.
   */
  step(state: State, input: Input, output: Output | undefined): State | undefined;
  /** The same text for the same state, and only for that. */
  keyOf(state: State): string;

  // The rest is no part of what is right. It spares the search what cannot help.

  /**
   * Whether the operation, where it may come in this state, changes neither it nor any later one in which it may come: a
   * read, a refusal, a repeat.
   */
  isIdle(state: State, input: Input, output: Output | undefined): boolean;
  /** Operations that have a rank can only come in its order, those with the same one in any. */
  rankOf(input: Input, output: Output): number | undefined;
}
