import type { Model, Operation } from "./model.js";

/**
 * The definition of linearizability, word for word: tries every order of the operations that returned and of any of the
 * others. For a few operations only; `checkHistory` has to agree with it.
 */
export function isLinearizableInSomeOrder<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
): boolean {
  const returned = history.filter((operation) => operation.returned !== undefined);
  const others = history.filter((operation) => operation.returned === undefined);
  return subsets(others).some((some) =>
    permutations([...returned, ...some]).some((order) => isInTime(order) && isAllowed(model, order)),
  );
}

function isInTime(order: readonly Operation[]): boolean {
  return order.every(({ called }, index) =>
    order.slice(index + 1).every(({ returned }) => returned === undefined || returned >= called),
  );
}

function isAllowed<State, Input, Output>(
  model: Model<State, Input, Output>,
  order: readonly Operation<Input, Output>[],
): boolean {
  let state: State | undefined = model.initial;
  for (const { input, output } of order) {
    state = model.step(state, input, output);
    if (state === undefined) return false;
  }
  return true;
}

function subsets<T>(items: readonly T[]): readonly (readonly T[])[] {
  const [first, ...rest] = items;
  if (first === undefined) return [[]];
  return subsets(rest).flatMap((subset) => [subset, [first, ...subset]]);
}

function permutations<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map((permutation) => [item, ...permutation]),
  );
}
