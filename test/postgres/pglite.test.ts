import { expect, it } from "vitest";
import { openPglite } from "../support/pglite.js";

const pglite = await openPglite();

it("is a Postgres of its own, in memory", async () => {
  await pglite.exec("CREATE TABLE t (v jsonb)");
  await pglite.query("INSERT INTO t VALUES ($1)", [JSON.stringify({ a: 1 })]);
  expect((await pglite.query("SELECT v FROM t", [], { rowMode: "array" })).rows).toEqual([[{ a: 1 }]]);
});
