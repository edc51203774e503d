import { expect, it } from "vitest";
import { FollowedLog } from "../../dist/core/followed-log.js";

interface Read {
  readonly answer: number;
  end(): void;
  fail(): void;
}

/** Reads that end when they are told to, numbered as they began. */
function reads(): { readonly all: Read[]; begin(): Promise<number> } {
  const all: Read[] = [];
  const begin = (): Promise<number> =>
    new Promise((resolve, reject) => {
      const answer = all.length + 1;
      all.push({ answer, end: () => resolve(answer), fail: () => reject(new Error("lost")) });
    });
  return { all, begin };
}

it("tails that ask the same of a log share what is under way, and nothing that has ended", async () => {
  const log = new FollowedLog();
  const { all, begin } = reads();
  const both = [log.share("1", begin), log.share("1", begin)];
  const other = log.share("2", begin);
  for (const { end } of all) end();
  expect(await Promise.all([...both, other])).toEqual([1, 1, 2]);
  const later = log.share("1", begin);
  all.at(-1)?.end();
  expect(await later).toBe(3);
});

it("a read that began before a tail was woken is no answer to what woke it", async () => {
  const log = new FollowedLog();
  const { all, begin } = reads();
  const before = log.share("1", begin);
  log.wake();
  const after = log.share("1", begin);
  // The end of the first must not take the second's place away.
  all[0]?.end();
  expect(await before).toBe(1);
  const joined = log.share("1", begin);
  all[1]?.end();
  expect(await Promise.all([after, joined])).toEqual([2, 2]);
});

it("a read that fails does so for all that share it, and for nobody after", async () => {
  const log = new FollowedLog();
  const { all, begin } = reads();
  const failing = [log.share("1", begin), log.share("1", begin)];
  all[0]?.fail();
  for (const each of failing) await expect(each).rejects.toThrow("lost");
  const next = log.share("1", begin);
  all[1]?.end();
  expect(await next).toBe(2);
});
