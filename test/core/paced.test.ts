import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Paced } from "../../dist/core/paced.js";

const ends: (() => void)[] = [];
let underWay = 0;
let most = 0;

/** Goes on until its turn of `ends` is called. */
async function work(): Promise<void> {
  most = Math.max(most, ++underWay);
  await new Promise<void>((resolve) => ends.push(resolve));
  underWay -= 1;
}

async function endNext(): Promise<void> {
  ends.at(-1)?.();
  await vi.advanceTimersByTimeAsync(0);
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  ends.length = 0;
  [underWay, most] = [0, 0];
});

afterEach(() => {
  vi.useRealTimers();
});

it("paced work is done once for all that asked meanwhile, behind a pause of three times what it took", async () => {
  const paced = new Paced(work);
  paced.ask();
  paced.ask();
  await vi.advanceTimersByTimeAsync(100);
  paced.ask();
  await endNext();
  paced.ask();
  await vi.advanceTimersByTimeAsync(299);
  expect(ends.length).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(ends.length).toBe(2);
  await endNext();
  await vi.advanceTimersByTimeAsync(10_000);
  expect([ends.length, most]).toEqual([2, 1]);
  paced.ask();
  expect(ends.length).toBe(3);
});

it("paced work that fails is done again when it is asked for again", async () => {
  let done = 0;
  const paced = new Paced(async () => {
    done += 1;
    throw new Error("lost");
  });
  paced.ask();
  await vi.advanceTimersByTimeAsync(0);
  paced.ask();
  await vi.advanceTimersByTimeAsync(0);
  expect(done).toBe(2);
});

it("paced work that was stopped is told so, and nothing is begun any more", async () => {
  const told: boolean[] = [];
  const paced = new Paced(async (stopped) => {
    await work();
    told.push(stopped.aborted);
  });
  paced.ask();
  paced.ask();
  paced.stop();
  await endNext();
  await vi.advanceTimersByTimeAsync(10_000);
  paced.ask();
  expect([ends.length, told, vi.getTimerCount()]).toEqual([1, [true], 0]);
});
