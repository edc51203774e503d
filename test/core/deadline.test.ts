import { open } from "holdfast";
import { afterEach, expect, it, vi } from "vitest";
import { abandonable } from "../../dist/core/interruption.js";

afterEach(() => {
  vi.restoreAllMocks();
});

it("a deadline ends a tail also where its timer fires a little early", async () => {
  await using db = await open("memory:");
  const { log } = db.tenant("acme");
  await log.append("t", [{ kind: "note" }]);
  const deadline = Date.now() + 5;
  const early = earlyBy(deadline, 5);
  await expect(log.tail("t", { after: 1, deadline }).next()).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  expect(early.left).toBe(0);
});

it("whoever hears that the deadline has passed can rely on the work being given up, whichever timer fires early", async () => {
  const deadline = Date.now() + 5;
  const early = earlyBy(deadline, 1);
  let gone: AbortSignal | undefined;
  const call = abandonable({ deadline }, (signal) => {
    gone = signal;
    return new Promise(() => {});
  });
  await expect(call).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  expect(gone).toMatchObject({ aborted: true });
  expect(early.left).toBe(0);
});

/** So many of those who look whether the time has come find that it has not. */
function earlyBy(deadline: number, times: number): { readonly left: number } {
  const { now } = Date;
  const early = { left: times };
  vi.spyOn(Date, "now").mockImplementation(() => {
    const time = now();
    if (time < deadline || early.left === 0) return time;
    early.left -= 1;
    return deadline - 1;
  });
  return early;
}
