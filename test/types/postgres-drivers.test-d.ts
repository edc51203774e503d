import type { PGlite, Transaction } from "@electric-sql/pglite";
import type { TransactionClient } from "holdfast";
import type { Client, Pool, PoolClient } from "pg";
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

// What `using` takes. The others need a few lines, which docs/postgres.md has.
expectTypeOf<Client>().toExtend<TransactionClient>();
expectTypeOf<PoolClient>().toExtend<TransactionClient>();
expectTypeOf<Transaction>().toExtend<TransactionClient>();
expectTypeOf<Sql>().not.toExtend<TransactionClient>();
