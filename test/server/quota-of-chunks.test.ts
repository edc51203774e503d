import { open } from "holdfast";
import { expect, it } from "vitest";
import { errorOf, operator, resultOf, serve } from "./serve.js";

it("a quota of bytes counts a body that came in chunks, without its length", async () => {
  await using db = await open("memory:");
  const post = serve(db, operator, { quotas: { bytes: 1000 } });
  const put = (key: string): ReturnType<typeof post> => {
    const text = JSON.stringify({ tenantId: "acme", namespace: [], key, value: { json: "x".repeat(600) } });
    return post("/v1/kv/put", new Blob([text]).stream());
  };
  await resultOf(put("first"));
  expect(await errorOf(put("second"))).toMatchObject({ code: "RESOURCE_EXHAUSTED", details: { quota: "bytes" } });
  expect((await db.tenant("acme").kv.list([])).items).toEqual(["first"]);
});
