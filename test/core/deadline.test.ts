import { open } from "holdfast";
import { afterEach, expect, it, vi } from "vitest";

afterEach(() => {
  vi.restoreAllMocks();
});

it("a deadline ends a tail also where its timer fires a little early", async () => {
  await using db = await open("memory:");
  const { log } = db.tenant("acme");
  await log.append("t", [{ kind: "note" }]);
  const deadline = Date.now() + 5;
  const { now } = Date;
  let early = 5;
  vi.spyOn(Date, "now").mockImplementation(() => {
    const time = now();
    if (time < deadline || early === 0) return time;
    early -= 1;
    return deadline - 1;
  });
  await expect(log.tail("t", { after: 1, deadline }).next()).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  expect(early).toBe(0);
});
