import { equal } from "node:assert/strict";
import { describe, test } from "vitest";
import { checkHistory } from "./check-history.js";
import type { Model } from "./model.js";
import { entryModel } from "./models/entry.js";
import { leaseModel } from "./models/lease.js";
import { logModel } from "./models/log.js";
import { once } from "./models/once.js";
import { turnsModel } from "./models/turns.js";
import { userThreadModel } from "./models/user-thread.js";

/** An operation: call, return (absent: nobody was told), input, output. Without times it comes after those before it. */
type Row<Input, Output> =
  | readonly [input: Input, output: Output]
  | readonly [called: number, returned: number | undefined, input: Input, output?: Output];

interface Cases<Input, Output> {
  readonly right: Readonly<Record<string, readonly Row<Input, Output>[]>>;
  readonly wrong: Readonly<Record<string, readonly Row<Input, Output>[]>>;
}

function testModel<State, Input, Output>(
  name: string,
  model: Model<State, Input, Output>,
  { right, wrong }: Cases<Input, Output>,
): void {
  const verdict = (rows: readonly Row<Input, Output>[]): boolean =>
    checkHistory(model, rows.map(toOperation)).isLinearizable;
  describe(name, () => {
    test.each(Object.entries(right))("may have %s", (_, rows) => equal(verdict(rows), true));
    test.each(Object.entries(wrong))("never has %s", (_, rows) => equal(verdict(rows), false));
  });
}

function toOperation<Input, Output>(row: Row<Input, Output>, index: number) {
  const timed = row.length === 2 ? ([10 * index, 10 * index + 5, ...row] as const) : row;
  const [called, returned, input, output] = timed;
  return {
    client: String(index),
    input,
    called,
    ...(returned !== undefined && { returned }),
    ...(output !== undefined && { output }),
  };
}

testModel("An entry", entryModel, {
  right: {
    "a life": [
      [{ do: "get" }, {}],
      [{ do: "put", value: 1, expectedRevision: 0 }, { revision: 3 }],
      [{ do: "update", add: 2 }, { revision: 5 }],
      [{ do: "getEntry" }, { value: 3, revision: 5 }],
      [{ do: "delete", expectedRevision: 5 }, { deleted: true }],
      [{ do: "delete", expectedRevision: 5 }, { deleted: false }],
      [{ do: "getEntry" }, { revision: 0 }],
      [{ do: "update", add: 7 }, { revision: 6 }],
    ],
    "one winner of two": [
      [0, 9, { do: "put", value: 1, expectedRevision: 0 }, { conflict: 2 }],
      [0, 9, { do: "put", value: 2, expectedRevision: 0 }, { revision: 2 }],
    ],
    "a put that nobody was told of, whose revision is seen later": [
      [0, undefined, { do: "put", value: 1 }],
      [5, 6, { do: "get" }, { value: 1 }],
      [7, 8, { do: "put", value: 2, expectedRevision: 0 }, { conflict: 4 }],
      [9, 10, { do: "put", value: 2, expectedRevision: 4 }, { revision: 5 }],
    ],
    "a deletion that nobody was told of": [
      [0, 1, { do: "put", value: 1 }, { revision: 1 }],
      [2, undefined, { do: "delete", expectedRevision: 1 }],
      [3, 4, { do: "getEntry" }, { revision: 0 }],
    ],
  },
  wrong: {
    "a lost update": [
      [0, 9, { do: "update", add: 1 }, { revision: 1 }],
      [0, 9, { do: "update", add: 1 }, { revision: 2 }],
      [10, 11, { do: "get" }, { value: 1 }],
    ],
    "two winners": [
      [0, 9, { do: "put", value: 1, expectedRevision: 0 }, { revision: 1 }],
      [0, 9, { do: "put", value: 2, expectedRevision: 0 }, { revision: 2 }],
    ],
    "no winner": [
      [{ do: "put", value: 1, expectedRevision: 0 }, { conflict: 2 }],
      [{ do: "get" }, {}],
    ],
    "a conflict with what was expected": [[{ do: "put", value: 1, expectedRevision: 0 }, { conflict: 0 }]],
    "a revision again": [
      [{ do: "put", value: 1 }, { revision: 1 }],
      [{ do: "delete" }, { deleted: true }],
      [{ do: "put", value: 1 }, { revision: 1 }],
    ],
    "the revision of another value": [
      [{ do: "put", value: 1 }, { revision: 1 }],
      [{ do: "put", value: 2 }, { revision: 2 }],
      [{ do: "getEntry" }, { value: 2, revision: 1 }],
    ],
    "two revisions, where nobody was told": [
      [0, undefined, { do: "put", value: 1 }],
      [5, 6, { do: "getEntry" }, { value: 1, revision: 4 }],
      [7, 8, { do: "getEntry" }, { value: 1, revision: 5 }],
    ],
    "two who delete it": [
      [{ do: "put", value: 1 }, { revision: 1 }],
      [20, 30, { do: "delete" }, { deleted: true }],
      [20, 30, { do: "delete" }, { deleted: true }],
    ],
    "an unexpected deletion": [
      [{ do: "put", value: 1 }, { revision: 2 }],
      [{ do: "delete", expectedRevision: 1 }, { deleted: true }],
    ],
  },
});

testModel("A log", logModel, {
  right: {
    "a life": [
      [
        { do: "append", notes: ["a", "b"], expectedHead: 0 },
        { head: 2, firstOrdinal: 1 },
      ],
      [{ do: "append", notes: ["c"], expectedHead: 0 }, { conflict: 2 }],
      [
        { do: "append", notes: ["c"] },
        { head: 3, firstOrdinal: 3 },
      ],
      [
        { do: "loadSince", cursor: 1 },
        { head: 3, notes: ["b", "c"] },
      ],
    ],
    "an append that nobody was told of": [
      [0, undefined, { do: "append", notes: ["a"], expectedHead: 0 }],
      [5, 6, { do: "append", notes: ["b"] }, { head: 2, firstOrdinal: 2 }],
      [7, 8, { do: "loadSince", cursor: 0 }, { head: 2, notes: ["a", "b"] }],
    ],
  },
  wrong: {
    "a double append": [
      [
        { do: "append", notes: ["a"] },
        { head: 1, firstOrdinal: 1 },
      ],
      [
        { do: "loadSince", cursor: 0 },
        { head: 2, notes: ["a", "a"] },
      ],
    ],
    "two batches in one another": [
      [0, 9, { do: "append", notes: ["a", "b"] }, { head: 2, firstOrdinal: 1 }],
      [0, 9, { do: "append", notes: ["c"] }, { head: 3, firstOrdinal: 3 }],
      [10, 11, { do: "loadSince", cursor: 0 }, { head: 3, notes: ["a", "c", "b"] }],
    ],
    "an ordinal twice": [
      [0, 9, { do: "append", notes: ["a"] }, { head: 1, firstOrdinal: 1 }],
      [0, 9, { do: "append", notes: ["b"] }, { head: 1, firstOrdinal: 1 }],
    ],
    "two who append to the same head": [
      [0, 9, { do: "append", notes: ["a"], expectedHead: 0 }, { head: 1, firstOrdinal: 1 }],
      [0, 9, { do: "append", notes: ["b"], expectedHead: 0 }, { head: 2, firstOrdinal: 2 }],
    ],
    "a stale load": [
      [
        { do: "append", notes: ["a"] },
        { head: 1, firstOrdinal: 1 },
      ],
      [
        { do: "loadSince", cursor: 0 },
        { head: 0, notes: [] },
      ],
    ],
  },
});

testModel("A log whose entry says what is last", turnsModel, {
  right: {
    "a life": [
      [{ do: "read" }, { notes: [] }],
      [{ do: "write", note: "a" }, { head: 1 }],
      [{ do: "read" }, { notes: ["a"], last: "a" }],
    ],
  },
  wrong: {
    "half of a write": [
      [0, 9, { do: "write", note: "a" }, { head: 1 }],
      [1, 2, { do: "read" }, { notes: ["a"] }],
    ],
    "another entry": [
      [{ do: "write", note: "a" }, { head: 1 }],
      [{ do: "write", note: "b" }, { head: 2 }],
      [{ do: "read" }, { notes: ["a", "b"], last: "a" }],
    ],
  },
});

testModel("What takes an operationId", once(logModel), {
  right: {
    "the first output again, whatever came since": [
      [
        { do: "append", notes: ["a"], operationId: "1" },
        { head: 1, firstOrdinal: 1 },
      ],
      [
        { do: "append", notes: ["b"] },
        { head: 2, firstOrdinal: 2 },
      ],
      [
        { do: "append", notes: ["a"], operationId: "1" },
        { head: 1, firstOrdinal: 1 },
      ],
      [
        { do: "loadSince", cursor: 0 },
        { head: 2, notes: ["a", "b"] },
      ],
    ],
    "another attempt after a refusal": [
      [{ do: "append", notes: ["a"], expectedHead: 1, operationId: "1" }, { conflict: 0 }],
      [
        { do: "append", notes: ["b"] },
        { head: 1, firstOrdinal: 1 },
      ],
      [
        { do: "append", notes: ["a"], expectedHead: 1, operationId: "1" },
        { head: 2, firstOrdinal: 2 },
      ],
    ],
    "a repeat of what nobody was told of": [
      [0, undefined, { do: "append", notes: ["a"], operationId: "1" }],
      [1, 2, { do: "append", notes: ["b"] }, { head: 2, firstOrdinal: 2 }],
      [3, 4, { do: "append", notes: ["a"], operationId: "1" }, { head: 1, firstOrdinal: 1 }],
    ],
  },
  wrong: {
    "two effects": [
      [0, 9, { do: "append", notes: ["a"], operationId: "1" }, { head: 1, firstOrdinal: 1 }],
      [0, 9, { do: "append", notes: ["a"], operationId: "1" }, { head: 2, firstOrdinal: 2 }],
    ],
    "two effects, one of which is hidden": [
      [0, 9, { do: "append", notes: ["a"], operationId: "1" }, { head: 1, firstOrdinal: 1 }],
      [0, 9, { do: "append", notes: ["a"], operationId: "1" }, { head: 1, firstOrdinal: 1 }],
      [10, 11, { do: "loadSince", cursor: 0 }, { head: 2, notes: ["a", "a"] }],
    ],
    "no effect": [
      [
        { do: "append", notes: ["a"], operationId: "1" },
        { head: 1, firstOrdinal: 1 },
      ],
      [
        { do: "loadSince", cursor: 0 },
        { head: 0, notes: [] },
      ],
    ],
    "another output than it can have had": [
      [0, undefined, { do: "append", notes: ["a"], operationId: "1" }],
      [1, 2, { do: "append", notes: ["b"] }, { head: 2, firstOrdinal: 2 }],
      [3, 4, { do: "append", notes: ["a"], operationId: "1" }, { head: 3, firstOrdinal: 3 }],
    ],
  },
});

testModel("The thread of a user", userThreadModel, {
  right: {
    "one id for all": [
      [0, 9, { do: "getOrCreateThread" }, { threadId: "a" }],
      [0, 9, { do: "getOrCreateThread" }, { threadId: "a" }],
      [0, undefined, { do: "getOrCreateThread" }],
    ],
  },
  wrong: {
    "two ids": [
      [0, 9, { do: "getOrCreateThread" }, { threadId: "a" }],
      [0, 9, { do: "getOrCreateThread" }, { threadId: "b" }],
    ],
  },
});

testModel("A lease", leaseModel, {
  right: {
    "a life": [
      [{ do: "acquire" }, { token: 1 }],
      [{ do: "acquire" }, { isConflict: true }],
      [{ do: "renew", token: 1 }, {}],
      [{ do: "write", token: 1 }, {}],
      [{ do: "release", token: 1 }, {}],
      [{ do: "write", token: 1 }, { isConflict: true }],
      [{ do: "acquire" }, { token: 2 }],
    ],
    "another holder, once time ran out": [
      [0, 1, { do: "acquire" }, { token: 1 }],
      [5, undefined, { do: "expire", token: 1 }],
      [6, 7, { do: "acquire" }, { token: 2 }],
      [8, 9, { do: "renew", token: 1 }, { isConflict: true }],
    ],
    "a holder who was never told": [
      [0, undefined, { do: "acquire" }],
      [1, 2, { do: "acquire" }, { isConflict: true }],
    ],
  },
  wrong: {
    "two holders": [
      [0, 9, { do: "acquire" }, { token: 1 }],
      [0, 9, { do: "acquire" }, { token: 2 }],
    ],
    "a token again": [
      [{ do: "acquire" }, { token: 1 }],
      [{ do: "release", token: 1 }, {}],
      [{ do: "acquire" }, { token: 1 }],
    ],
    "a write with a stale token": [
      [0, 1, { do: "acquire" }, { token: 1 }],
      [2, undefined, { do: "expire", token: 1 }],
      [6, 7, { do: "acquire" }, { token: 2 }],
      [8, 9, { do: "write", token: 1 }, {}],
    ],
    "time that ran out too early": [
      [0, 1, { do: "acquire" }, { token: 1 }],
      [2, 3, { do: "acquire" }, { token: 2 }],
      [5, undefined, { do: "expire", token: 1 }],
    ],
  },
});
