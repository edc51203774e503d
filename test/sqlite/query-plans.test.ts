import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { open } from "holdfast";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Connection } from "../../dist/backends/sqlite/connection.js";
import { loadDriver } from "../../dist/backends/sqlite/drivers.js";
import { openForReading } from "../../dist/backends/sqlite/opening.js";
import { allStatements } from "../../dist/backends/sqlite/statements.js";

const folder = mkdtempSync(path.join(tmpdir(), "holdfast-plans-"));
let db: Connection;

beforeAll(async () => {
  const file = path.join(folder, "plans.db");
  await (await open(`sqlite:${file}`)).close();
  db = openForReading(await loadDriver("libsql"), file);
});

afterAll(() => {
  db.close();
  rmSync(folder, { recursive: true });
});

/** The steps of a statement's plan, as SQLite words them. */
function planOf(sql: string): readonly string[] {
  const parameters = sql.split("?").length - 1;
  const rows = db.all(`EXPLAIN QUERY PLAN ${sql}`, ...Array.from({ length: parameters }, () => 1));
  return rows.map((row) => String(row[3]));
}

/** Steps that read a whole table or index, or sort what an index should give in order. */
function slowSteps(plan: readonly string[]): readonly string[] {
  return plan.filter((step) => /^SCAN (?!CONSTANT ROW)|USE TEMP B-TREE/.test(step));
}

describe("the plan of each statement neither reads a whole table nor sorts", () => {
  it("knows a slow plan when it sees one", () => {
    expect(slowSteps(planOf("SELECT * FROM messages WHERE role = ?"))).not.toEqual([]);
    expect(slowSteps(planOf("SELECT count(*) FROM kv"))).not.toEqual([]);
    expect(slowSteps(planOf("SELECT * FROM kv WHERE tid = ? ORDER BY updated_at"))).not.toEqual([]);
  });

  it.each(Object.entries(allStatements))("%s", (_, sql) => {
    expect(slowSteps(planOf(sql))).toEqual([]);
  });

  it("has every statement of the engine", () => {
    expect(Object.keys(allStatements).length).toBeGreaterThan(60);
  });
});
