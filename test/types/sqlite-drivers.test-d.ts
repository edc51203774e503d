// Node 20's own types, which the rest is compiled with, have no node:sqlite.
import "types-node-24/sqlite.js";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type BetterSqlite3 from "better-sqlite3";
import type Libsql from "libsql";
import { expectTypeOf } from "vitest";
import type { SqlDatabase, SqlRun, SqlStatement, SqlValue } from "../../src/backends/sqlite/driver.js";

/**
 * The drivers are typed structurally, so that none of them has to be installed. This holds what the engine calls against
 * the real packages: `raw` statements that take their values as one array, or, in node:sqlite, spread.
 */

type Values = readonly SqlValue[];
type Changes = Pick<SqlRun, "changes">;

declare const values: Values;

declare const BetterDatabase: typeof BetterSqlite3;
const better = new BetterDatabase("agents.db");
const betterStatement = better.prepare<[Values], Values>("select 1");
expectTypeOf(better.exec).toBeCallableWith("pragma synchronous = full");
expectTypeOf(better.close).toBeCallableWith();
expectTypeOf(betterStatement.reader).toEqualTypeOf<boolean>();
expectTypeOf(betterStatement.raw()).toEqualTypeOf(betterStatement);
expectTypeOf(betterStatement.run(values)).toExtend<Changes>();
expectTypeOf(betterStatement.get(values)).toEqualTypeOf<ReturnType<SqlStatement["get"]>>();
expectTypeOf(betterStatement.all(values)).toExtend<ReturnType<SqlStatement["all"]>>();

declare const LibsqlDatabase: typeof Libsql;
const libsql = new LibsqlDatabase("agents.db");
const libsqlStatement = libsql.prepare<[Values]>("select 1");
expectTypeOf(libsql.exec).toBeCallableWith("pragma synchronous = full");
expectTypeOf(libsql.close).toBeCallableWith();
expectTypeOf(libsqlStatement.raw()).toEqualTypeOf(libsqlStatement);
expectTypeOf(libsqlStatement.run(values)).toExtend<Changes>();
expectTypeOf(libsqlStatement.get).toBeCallableWith(values);
expectTypeOf(libsqlStatement.all).toBeCallableWith(values);

declare const node: DatabaseSync;
declare const nodeStatement: StatementSync;
expectTypeOf(node).toExtend<Pick<SqlDatabase, "exec" | "close">>();
expectTypeOf(node.prepare("select 1")).toEqualTypeOf(nodeStatement);
expectTypeOf(nodeStatement.setReturnArrays).toBeCallableWith(true);
expectTypeOf(nodeStatement.run(...(values as SqlValue[]))).toExtend<{ readonly changes: number | bigint }>();
expectTypeOf(nodeStatement.get).toBeCallableWith(...(values as SqlValue[]));
expectTypeOf(nodeStatement.all).toBeCallableWith(...(values as SqlValue[]));
