import { open } from "holdfast";
import { expect, it } from "vitest";
import { engines } from "../support/engines.js";

const refusal = { code: "INVALID_ARGUMENT", message: expect.stringContaining("clock()") };

it.each(engines)("a clock that gives no integer is refused by name on $name", async (engine) => {
  for (const time of [1.5, Number.NaN, undefined, new Date(0)]) {
    let given: unknown = 0;
    await using store = await engine.openTemporary({ sweep: false, clock: () => given as number });
    given = time;
    await expect(store.db.tenant("acme").kv.put([], "k", 1)).rejects.toMatchObject(refusal);
    await expect(store.db.tenant("acme").kv.get([], "k")).rejects.toMatchObject(refusal);
  }
  await expect(open("memory:", { clock: () => 0.5 })).rejects.toMatchObject(refusal);
});
