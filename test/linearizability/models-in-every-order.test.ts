import { equal, ok } from "node:assert/strict";
import { open } from "holdfast";
import { test } from "vitest";
import { seededRandom } from "../support/seeded-random.js";
import { checkHistory } from "./check-history.js";
import { isLinearizableInSomeOrder } from "./every-order.js";
import type { Operation } from "./model.js";
import { historiesOf, modelOf } from "./noted-history.js";
import { programs } from "./programs.js";
import { runInProcess } from "./run-in-process.js";

const seeds = 100;
const mutations = 12;

test("What spares the search something never changes its verdict", { timeout: 120_000 }, async () => {
  const verdicts = new Map<string, number>();
  for (let seed = 1; seed <= seeds; seed++) {
    await using db = await open("memory:");
    const clients = programs({ seed, clients: 3, operations: 12 });
    const histories = historiesOf(await runInProcess(db.tenant("contended"), clients));
    const random = seededRandom(seed);
    for (const [object, history] of histories) {
      for (let mutation = 0; mutation < mutations; mutation++) {
        const tried = mutated(someOf(history, random), mutation, random);
        const expected = isLinearizableInSomeOrder(modelOf(object), tried);
        const { isLinearizable } = checkHistory(modelOf(object), tried);
        equal(isLinearizable, expected, `seed ${seed}, ${object}: ${JSON.stringify(tried)}`);
        const kind = `${object.split("/")[0]} ${expected}`;
        verdicts.set(kind, (verdicts.get(kind) ?? 0) + 1);
      }
    }
  }
  for (const kind of ["entry", "log", "turns"]) {
    for (const verdict of [true, false]) {
      const count = verdicts.get(`${kind} ${verdict}`) ?? 0;
      ok(count >= 40, `Only ${count} histories of kind ${kind} are ${verdict}, which shows little.`);
    }
  }
});

/** The first few operations: trying every order of more takes too long. */
function someOf(history: readonly Operation[], random: () => number): readonly Operation[] {
  return history.slice(0, 3 + Math.floor(random() * 3));
}

/** The same history, but that outputs changed places, times were shifted or returns were lost, so many times. */
function mutated(history: readonly Operation[], times: number, random: () => number): readonly Operation[] {
  const pick = (): number => Math.floor(random() * history.length);
  let result = history;
  for (let time = 0; time < times / 3; time++) {
    const [index, other] = [pick(), pick()];
    const { output: _, returned, ...call } = result[index]!;
    const kind = random();
    if (kind < 0.2 || returned === undefined) result = result.with(index, call);
    else if (kind < 0.6) result = result.with(index, { ...result[index]!, ...outputOf(result[other]!, call) });
    else {
      const by = result[other]!.called - call.called;
      result = result.with(index, { ...result[index]!, called: call.called + by, returned: returned + by });
    }
  }
  return result;
}

/** An output, where it is one that the other operation could have. */
function outputOf({ input, output }: Operation, other: Operation): Partial<Operation> {
  const kindOf = (given: unknown): unknown => (given as { readonly do: string }).do;
  return output === undefined || kindOf(input) !== kindOf(other.input) ? {} : { output };
}
