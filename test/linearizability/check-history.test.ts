import { equal } from "node:assert/strict";
import { describe, test } from "vitest";
import { seededRandom } from "../support/seeded-random.js";
import { checkHistory } from "./check-history.js";
import { isLinearizableInSomeOrder } from "./every-order.js";
import { mutated, registerModel, simulatedHistory } from "./register.js";
import type { RegisterHistory, RegisterInput } from "./register.js";

const read: RegisterInput = { do: "read" };
const write = (value: number): RegisterInput => ({ do: "write", value });
const add = (value: number): RegisterInput => ({ do: "add", value });

/** Client, call, return (absent: nobody was told), input, output. */
type Row = readonly [
  client: string,
  called: number,
  returned: number | undefined,
  input: RegisterInput,
  output?: number,
];

const linearizable: Readonly<Record<string, readonly Row[]>> = {
  "nothing at all": [],
  "one after the other": [
    ["a", 0, 1, write(1)],
    ["b", 2, 3, read, 1],
  ],
  "a read that overlaps a write and sees it": [
    ["a", 0, 9, write(1)],
    ["b", 1, 2, read, 1],
  ],
  "a read that overlaps a write and does not see it": [
    ["a", 0, 9, write(1)],
    ["b", 1, 2, read, 0],
  ],
  "a read that ends as a write begins": [
    ["a", 5, 9, write(1)],
    ["b", 1, 5, read, 1],
  ],
  "operations that have to be put in another order than that of their calls": [
    ["a", 0, 9, write(1)],
    ["b", 1, 8, write(2)],
    ["c", 2, 3, read, 2],
    ["d", 4, 5, read, 1],
  ],
  "sums that have to be put in another order than that of their calls": [
    ["a", 0, 9, add(1), 6],
    ["b", 1, 8, add(2), 2],
    ["c", 2, 7, add(3), 5],
  ],
  "a write that nobody was told of, and was": [
    ["a", 0, undefined, write(1)],
    ["b", 5, 6, read, 1],
  ],
  "a write that nobody was told of, and was not": [
    ["a", 0, undefined, write(1)],
    ["b", 5, 6, read, 0],
  ],
  "a write that nobody was told of, and was late": [
    ["a", 0, undefined, write(1)],
    ["b", 5, 6, read, 0],
    ["b", 7, 8, read, 1],
  ],
  "a write that nobody was told of, of several": [
    ["a", 0, undefined, add(1)],
    ["b", 0, undefined, add(2)],
    ["c", 0, undefined, add(4)],
    ["d", 5, 6, read, 5],
  ],
};

const notLinearizable: Readonly<Record<string, readonly Row[]>> = {
  "a value that was never written": [
    ["a", 0, 1, write(1)],
    ["b", 2, 3, read, 7],
  ],
  "a stale read": [
    ["a", 0, 1, write(1)],
    ["a", 2, 3, write(2)],
    ["b", 4, 5, read, 1],
  ],
  "a read from the future": [
    ["a", 0, 1, read, 1],
    ["b", 2, 3, write(1)],
  ],
  "a read that goes back": [
    ["a", 0, 9, write(1)],
    ["b", 1, 2, read, 1],
    ["c", 3, 4, read, 0],
  ],
  "two who see two writes in different orders": [
    ["a", 0, 9, write(1)],
    ["b", 0, 9, write(2)],
    ["c", 1, 2, read, 1],
    ["c", 3, 4, read, 2],
    ["d", 1, 2, read, 2],
    ["d", 3, 4, read, 1],
  ],
  "a lost update": [
    ["a", 0, 9, add(1), 1],
    ["b", 1, 8, add(1), 1],
  ],
  "an update that was made twice": [
    ["a", 0, 1, add(1), 1],
    ["b", 2, 3, read, 2],
  ],
  "an update that nobody was told of, made twice": [
    ["a", 0, undefined, add(1)],
    ["b", 2, 3, read, 1],
    ["b", 4, 5, read, 2],
  ],
  "a write that nobody was told of, and that was gone again": [
    ["a", 0, undefined, write(1)],
    ["b", 2, 3, read, 1],
    ["b", 4, 5, read, 0],
  ],
  "a write that nobody was told of, seen before its call": [
    ["b", 2, 3, read, 1],
    ["a", 5, undefined, write(1)],
  ],
};

describe("A history is linearizable with", () => {
  test.each(Object.entries(linearizable))("%s", (_, rows) => {
    equal(verdict(historyOf(rows)), true);
    equal(isLinearizableInSomeOrder(registerModel, historyOf(rows)), true);
  });
});

describe("A history is not linearizable with", () => {
  test.each(Object.entries(notLinearizable))("%s", (_, rows) => {
    equal(verdict(historyOf(rows)), false);
    equal(isLinearizableInSomeOrder(registerModel, historyOf(rows)), false);
  });
});

test("Every history of a register that is right is linearizable", () => {
  for (let seed = 1; seed <= 300; seed++) {
    equal(verdict(simulatedHistory(seededRandom(seed), 6, 100)), true, `seed ${seed}`);
  }
});

test("The verdict on a small history is that of trying every order", () => {
  const verdicts = { true: 0, false: 0 };
  for (let seed = 1; seed <= 3000; seed++) {
    const random = seededRandom(seed);
    const right = simulatedHistory(random, 4, 5);
    const history = random() < 0.2 ? right : mutated(mutated(right, random), random);
    const expected = isLinearizableInSomeOrder(registerModel, history);
    equal(verdict(history), expected, `seed ${seed}: ${JSON.stringify(history)}`);
    verdicts[`${expected}`]++;
  }
  // Else the histories would show one side of the checker only.
  equal(Math.min(verdicts.true, verdicts.false) > 500, true, JSON.stringify(verdicts));
});

test("A refusal shows how far the history can be explained, and what cannot", () => {
  const history = historyOf([
    ["a", 0, 1, write(1)],
    ["b", 2, 3, write(2)],
    ["c", 4, 5, read, 1],
    ["d", 4, 5, read, 3],
    ["e", 6, 7, write(4)],
  ]);
  const found = checkHistory(registerModel, history);
  equal(found.isLinearizable, false);
  if (found.isLinearizable) return;
  equal(found.explained.map(({ client }) => client).join(""), "ab");
  equal(found.unexplained.map(({ client }) => client).join(""), "cd");
});

test("A search that takes too long has no verdict", () => {
  let message = "";
  try {
    checkHistory(registerModel, simulatedHistory(seededRandom(1), 6, 100), 50);
  } catch (error) {
    message = String(error);
  }
  equal(message, "Error: No verdict on 100 operations after 50 steps.");
});

function verdict(history: RegisterHistory): boolean {
  return checkHistory(registerModel, history).isLinearizable;
}

function historyOf(rows: readonly Row[]): RegisterHistory {
  return rows.map(([client, called, returned, input, output]) => ({
    client,
    input,
    called,
    ...(returned !== undefined && { returned }),
    ...(output !== undefined && { output }),
  }));
}
