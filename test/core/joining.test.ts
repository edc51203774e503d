import { describe, expect, it } from "vitest";
import { engines } from "../support/engines.js";

const embedded = engines.filter(({ name }) => name !== "postgres");

describe.each(embedded)("$name", ({ openTemporary }) => {
  it("cannot be part of a transaction of somebody else, and says what to do instead", async () => {
    await using store = await openTemporary();
    const client = { query: async () => ({ rows: [] }) };
    expect(() => store.db.using(client)).toThrow(
      expect.objectContaining({ code: "UNSUPPORTED", message: expect.stringContaining("once that has committed") }),
    );
    expect(() => store.db.using({} as never)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  });
});
