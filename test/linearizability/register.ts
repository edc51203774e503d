import type { Model, Operation } from "./model.js";

export type RegisterInput = { readonly do: "read" } | { readonly do: "write" | "add"; readonly value: number };

/** What was read; or, of an `add`, the sum. */
export type RegisterOutput = number;

/** A number, 0 at first: the simplest object, to test the checker with. */
export const registerModel: Model<number, RegisterInput, RegisterOutput> = {
  initial: 0,
  step(state, input, output) {
    if (input.do === "write") return input.value;
    const next = input.do === "add" ? state + input.value : state;
    return output === undefined || output === next ? next : undefined;
  },
  isIdle: (_, input) => input.do === "read",
  rankOf: () => undefined,
  keyOf: String,
};

export type RegisterHistory = readonly Operation<RegisterInput, RegisterOutput>[];

/**
 * What clients of a register that is right would have seen: each operation takes effect at a random moment between its
 * call and its return. Of some the return is lost, and of some of those also the effect.
 */
export function simulatedHistory(random: () => number, clients: number, operations: number): RegisterHistory {
  const below = (limit: number): number => Math.floor(random() * limit);
  const free = Array.from({ length: clients }, () => 0);
  const planned = Array.from({ length: operations }, () => {
    const client = below(clients);
    const called = free[client]! + below(10);
    const effective = called + below(10);
    const returned = effective + below(10);
    free[client] = returned + 1;
    return { client: String(client), input: randomInput(below), called, effective, returned, isLost: below(8) === 0 };
  });
  let state = 0;
  const inOrder = planned.toSorted((a, b) => a.effective - b.effective);
  return inOrder.map(({ client, input, called, returned, isLost }) => {
    if (isLost && below(2) === 0) return { client, input, called };
    if (input.do === "write") state = input.value;
    if (input.do === "add") state += input.value;
    return isLost ? { client, input, called } : { client, input, called, returned, output: state };
  });
}

/** The same history, but for one output that is another, or one operation that took place a little earlier. */
export function mutated(history: RegisterHistory, random: () => number): RegisterHistory {
  const index = Math.floor(random() * history.length);
  const operation = history[index]!;
  const { called, returned, output } = operation;
  const by = 1 + Math.floor(random() * 15);
  if (returned === undefined || output === undefined) return history.with(index, { ...operation, called: called - by });
  return history.with(
    index,
    random() < 0.5
      ? { ...operation, called: called - by, returned: returned - by }
      : { ...operation, output: Math.floor(random() * 4) },
  );
}

function randomInput(below: (limit: number) => number): RegisterInput {
  const kind = below(4);
  if (kind <= 1) return { do: "read" };
  return { do: kind === 2 ? "write" : "add", value: 1 + below(3) };
}
