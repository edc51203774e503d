import { invalid } from "../../core/arguments.js";
import { PgDriver, openPgPool } from "./driver-pg.js";
import type { PgPool } from "./driver-pg.js";
import { PgliteDriver } from "./driver-pglite.js";
import type { PgliteDatabase } from "./driver-pglite.js";
import { PostgresJsDriver } from "./driver-postgres-js.js";
import type { PostgresJs } from "./driver-postgres-js.js";
import type { SqlDriver } from "./driver.js";
import { checkName } from "./names.js";
import { loadWire } from "./wire.js";
import { checkSchema, defaultRole, defaultSchema, parsePostgresUrl } from "./postgres-url.js";

export interface PostgresOptions {
  /** A `Pool` of `pg`, what `postgres()` of postgres.js gives, or a `PGlite`. It stays yours: closing the store leaves it open. */
  readonly pool: PgPool | PostgresJs | PgliteDatabase;
  /** The schema of the store; `"holdfast"` by default. */
  readonly schema?: string | undefined;
  /** The role that statements run as; `"holdfast_app"` by default. */
  readonly role?: string | undefined;
  /** Whether statements are prepared under names; true by default. A pooler in transaction mode may need false. */
  readonly prepare?: boolean | undefined;
}

/** Where a store in Postgres is, and how to get there. What `postgres()` gives, for `open()`. */
export class PostgresSource {
  readonly schema: string;
  readonly role: string;
  readonly location: string;
  readonly #openDriver: () => Promise<SqlDriver>;

  constructor(of: { schema: string; role: string; location: string }, openDriver: () => Promise<SqlDriver>) {
    this.schema = of.schema;
    this.role = of.role;
    this.location = of.location;
    this.#openDriver = openDriver;
  }

  openDriver(): Promise<SqlDriver> {
    return this.#openDriver();
  }
}

/**
 * A store in a Postgres that you have a pool for: pass it to `open()`.
 *
 * A call takes one or two round trips; where a client of `pg` is wrapped or native, one for each statement.
 * Throws `INVALID_ARGUMENT` where an option is none of these.
 */
export function postgres(options: PostgresOptions): PostgresSource {
  const { pool, prepare = true } = options;
  const schema = checkSchema(options.schema ?? defaultSchema, "options.schema");
  const role = checkName(options.role ?? defaultRole, "options.role");
  return new PostgresSource({ schema, role, location: `schema ${schema}` }, openerFor(pool, prepare));
}

/** The store that a `postgres:` URL names. Makes a pool of its own, which ends with the store. */
export function sourceOf(url: string): PostgresSource {
  const parsed = parsePostgresUrl(url);
  return new PostgresSource(parsed, async () => {
    const pool = await openPgPool(parsed.connectionString, parsed.max);
    return new PgDriver(pool, { prepare: parsed.prepare, endsPool: true });
  });
}

function openerFor(pool: PostgresOptions["pool"], prepare: boolean): () => Promise<SqlDriver> {
  if (isPool(pool, "reserve")) return async () => new PostgresJsDriver(pool as PostgresJs, prepare);
  if (isPool(pool, "connect")) return async () => new PgDriver(pool as PgPool, { prepare, endsPool: false });
  if (isPool(pool, "transaction")) return async () => new PgliteDriver(pool as PgliteDatabase, await loadWire());
  throw invalid("options.pool", "must be a Pool of pg, what postgres() of postgres.js gives, or a PGlite.");
}

/** Each client has a method that the others have not. */
function isPool(pool: unknown, method: string): boolean {
  const isObject = (typeof pool === "object" && pool !== null) || typeof pool === "function";
  return isObject && typeof (pool as Record<string, unknown>)[method] === "function";
}
