import type { PGlite } from "@electric-sql/pglite";
import type { Pool } from "pg";
import type { Sql } from "postgres";
import { postgres } from "holdfast/postgres";
import type { PostgresOptions } from "holdfast/postgres";
import { expectTypeOf } from "vitest";

/**
 * The clients are typed structurally, so that none of them has to be installed. This holds what the engine calls against the
 * real packages.
 */

declare const pool: Pool;
declare const sql: Sql;
declare const sqlWithTypes: Sql<{ bigint: bigint }>;
declare const pglite: PGlite;

expectTypeOf(postgres).toBeCallableWith({ pool });
expectTypeOf(postgres).toBeCallableWith({ pool: sql, schema: "agents", role: "agents_app", prepare: false });
expectTypeOf(postgres).toBeCallableWith({ pool: sqlWithTypes });
expectTypeOf(postgres).toBeCallableWith({ pool: pglite });
expectTypeOf<{ query(text: string): Promise<unknown> }>().not.toExtend<PostgresOptions["pool"]>();
