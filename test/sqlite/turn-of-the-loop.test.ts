import { expect, it } from "vitest";
import { TurnOfTheLoop } from "../../dist/backends/sqlite/turn-of-the-loop.js";

/** Longer than what calls may take of one turn together. */
const longMs = 6;

it("calls that were made at once, and each take long, get a turn of the event loop each", async () => {
  const turn = new TurnOfTheLoop();
  let turns = 0;
  let counting = setImmediate(count);
  function count(): void {
    turns += 1;
    counting = setImmediate(count);
  }
  const takenIn = await Promise.all(
    Array.from({ length: 10 }, async () => {
      const given = turn.give();
      if (given !== undefined) await given;
      const end = performance.now() + longMs;
      while (performance.now() < end);
      return turns;
    }),
  );
  clearImmediate(counting);
  expect(new Set(takenIn).size).toBe(10);
});
