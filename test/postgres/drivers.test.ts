import postgresJs from "postgres";
import { afterAll, describe, expect, it } from "vitest";
import { PgDriver } from "../../dist/backends/postgres/driver-pg.js";
import { PgliteDriver } from "../../dist/backends/postgres/driver-pglite.js";
import { PostgresJsDriver } from "../../dist/backends/postgres/driver-postgres-js.js";
import type { SqlDriver, SqlValue, Statement } from "../../dist/backends/postgres/driver.js";
import { loadWire } from "../../dist/backends/postgres/wire.js";
import { openPglite } from "../support/pglite.js";
import { freshDatabase } from "../support/postgres.js";
import { openPool } from "../support/pool.js";

const database = await freshDatabase();
const pool = openPool({ connectionString: database.ownerUrl, max: 2 });
const pipelining = openPool({ connectionString: database.ownerUrl, max: 2, pipeline: true });
const sql = postgresJs(database.ownerUrl, { max: 2, onnotice: () => {} });
afterAll(async () => {
  await Promise.all([pool.end(), pipelining.end(), sql.end()]);
  await database[Symbol.asyncDispose]();
});

const drivers: readonly (readonly [name: string, driver: SqlDriver])[] = [
  ["pg", new PgDriver(pool, { prepare: true, endsPool: false })],
  ["pg, pipelining", new PgDriver(pipelining, { prepare: false, endsPool: false })],
  ["postgres.js", new PostgresJsDriver(sql, true)],
  ["postgres.js, unprepared", new PostgresJsDriver(sql, false)],
  ["pglite", new PgliteDriver(await openPglite(), await loadWire())],
];

describe.each(drivers)("%s", (_, driver) => {
  it("takes and gives values of every type of column as they are", async () => {
    const columns =
      "$1::text, $2::bytea, $3::bigint, $4::int, $5::smallint, $6::float8, $7::boolean, $8::text[] AS array";
    const values = [
      "\uFEFF\u{1F600}",
      Uint8Array.of(0, 255),
      Number.MAX_SAFE_INTEGER,
      -1,
      7,
      0.1,
      false,
      '{"a,b",NULL}',
    ];
    const [given] = await send(statement(`SELECT ${columns.replace("$8::text[]", "$8::text[]::text")}`, ...values));
    expect(given?.rows).toEqual([values]);
    const nulls = values.map(() => null);
    const [empty] = await send(statement(`SELECT ${columns}`, ...nulls));
    expect(empty?.rows).toEqual([nulls]);
    const [plain] = await send(statement("SELECT 1::bigint, NULL::bigint, '\\x0001'::bytea, true, 2.5::float8, ''"));
    expect(plain?.rows).toEqual([[1, null, Uint8Array.of(0, 1), true, 2.5, ""]]);
  });

  it("gives columns of the same name each for itself", async () => {
    expect((await send(statement("SELECT 1 AS a, 2 AS a")))[0]?.rows).toEqual([[1, 2]]);
  });

  it("says what each statement did", async () => {
    const results = await send(
      statement("BEGIN"),
      statement("CREATE TEMP TABLE t ON COMMIT DROP AS SELECT 0 AS n"),
      statement("INSERT INTO t SELECT generate_series(1, $1::int)", 4),
      statement("UPDATE t SET n = n + $1 WHERE n > 1 RETURNING n", 1),
      {
        ...statement("SET LOCAL holdfast.tenant = 'a'; SET LOCAL holdfast.tenant = 'b'"),
        script: [statement("SET LOCAL holdfast.tenant = 'a'"), statement("SET LOCAL holdfast.tenant = 'b'")],
      },
      statement("SELECT current_setting('holdfast.tenant')"),
      statement("COMMIT"),
    );
    expect(results.map(({ tag }) => tag).filter((_, at) => at !== 4 && at !== 1)).toEqual([
      "BEGIN",
      "INSERT",
      "UPDATE",
      "SELECT",
      "COMMIT",
    ]);
    expect([results[2]?.count, results[3]?.count]).toEqual([4, 3]);
    expect(results[5]?.rows).toEqual([["b"]]);
  });

  it("rejects with the error of a statement that fails, and does nothing of what is behind it", async () => {
    const failing = [
      statement("BEGIN"),
      statement("SELECT 1 / $1::int", 0),
      statement("SELECT $1::int", 1),
      statement("COMMIT"),
    ];
    await driver.use(async (session) => {
      await expect(session.send(failing)).rejects.toMatchObject({ code: "22012" });
      // Whether its COMMIT ended the transaction or not, this does.
      await session.send([statement("ROLLBACK")]);
      expect((await session.send([statement("SELECT $1::int", 1)]))[0]?.rows).toEqual([[1]]);
      await expect(session.send([statement("SAVEPOINT a")])).rejects.toMatchObject({ code: "25P01" });
    });
  });

  function send(...statements: readonly Statement[]) {
    return driver.use((session) => session.send(statements));
  }
});

function statement(text: string, ...values: readonly SqlValue[]): Statement {
  return { sql: text, values };
}
