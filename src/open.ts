import type * as PostgresModule from "./backends/postgres/index.js";
import type { MigrationOptions } from "./backends/postgres/distribution.js";
import type { PostgresSource } from "./backends/postgres/index.js";
import type { AppTypes, Holdfast, OpenOptions } from "./contract/index.js";
import type { BackendOptions, Engine } from "./core/backend.js";
import { describe, invalid } from "./core/arguments.js";
import { engineAccess } from "./core/engine-access.js";
import { instanceOf } from "./core/instance.js";
import { backendOptions, checkOpenOptions } from "./core/open-options.js";
import { OpenStore } from "./core/open-store.js";

/**
 * Opens a store, and creates it where there is none.
 *
 * - `memory:` keeps everything in this process, and nothing after `close`.
 * - `sqlite:PATH` keeps it in one file (with a `-wal` and a `-shm` beside it while it is open), which several processes may
 *   open at once. The folder must exist.
 * - `https://HOST` (or `http:`) is a Holdfast server, which has the store. With `token` for one that wants to know who is calling.
 * - `postgres://USER:PASSWORD@HOST:PORT/DATABASE` keeps it in a schema of that database (`?schema=`, `holdfast` by default).
 *   Its owner makes the schema, with `holdfast migrate` or the option `migrate`. With a pool of your own, pass what
 *   `postgres({ pool })` of `holdfast/postgres` gives instead of a URL.
 *
 * Rejects with `INVALID_ARGUMENT` where the URL or the file is none of ours, `UNSUPPORTED` where the store was written by a
 * newer release or no driver loads, `UNAVAILABLE` where the file or the database cannot be read or written, `FORBIDDEN` where
 * the database does not allow it.
 */
export async function open<App extends AppTypes = object>(
  store: string | PostgresSource,
  options: OpenOptions = {},
): Promise<Holdfast<App>> {
  const checked = checkOpenOptions(options);
  if (isServer(store)) return (await import("./backends/http/index.js")).openHttpStore(store, checked);
  for (const name of ["token", "fetch", "retryForMs"] as const) {
    if (checked[name] !== undefined) throw invalid(`options.${name}`, "is for a server's URL (https:) only.");
  }
  const openEngine = engineFor(store, checked);
  const engine = await openEngine(backendOptions(checked));
  return instanceOf(new OpenStore(engineAccess(engine), checked), checked);
}

type OpenEngine = (options: BackendOptions) => Promise<Engine>;

function engineFor(url: unknown, { driver, migrate }: OpenOptions): OpenEngine {
  if (isPostgresSource(url)) return postgresBackend(async () => url, migrate);
  if (typeof url !== "string")
    throw invalid("url", `must be a string, such as "sqlite:./agents.db"; got ${describe(url)}.`);
  const [, scheme, rest = ""] = /^([a-zA-Z][a-zA-Z0-9+.-]*):(.*)$/s.exec(url) ?? [];
  switch (scheme?.toLowerCase()) {
    case "memory":
      if (rest !== "") throw invalid("url", `"memory:" takes nothing behind the colon; got ${describe(url)}.`);
      return async (options) => (await import("./backends/memory/index.js")).createMemoryBackend(options);
    case "sqlite": {
      const path = sqlitePath(rest);
      return async (options) =>
        (await import("./backends/sqlite/index.js")).openSqliteBackend(path, { ...options, ...(driver && { driver }) });
    }
    case "postgres":
    case "postgresql":
      return postgresBackend(async () => (await postgresModule()).sourceOf(url), migrate);
    default:
      throw invalid(
        "url",
        `has no scheme that is known here: use "postgres://…", "sqlite:PATH", "https://…" or "memory:". ${hint(url)}`,
      );
  }
}

function postgresBackend(source: () => Promise<PostgresSource>, migrate: boolean | undefined): OpenEngine {
  return async (options) => {
    const { openPostgresBackend } = await postgresModule();
    return openPostgresBackend(await source(), { ...options, ...(migrate !== undefined && { migrate }) });
  };
}

function postgresModule(): Promise<typeof PostgresModule> {
  return import("./backends/postgres/index.js");
}

/** Whether it is the URL of a Holdfast server. */
export function isServer(url: unknown): url is string {
  return typeof url === "string" && /^https?:/i.test(url);
}

/** Known by what only it has, so that `open` does not load the engine to find out. */
function isPostgresSource(value: unknown): value is PostgresSource {
  return typeof value === "object" && value !== null && "openDriver" in value && "schema" in value;
}

/** The SQL that bringing the schema of a Postgres up to date would run now; none for any other store. */
export async function pendingMigration(url: string, options: MigrationOptions = {}): Promise<readonly string[]> {
  if (!isPostgres(url)) return [];
  const { migrationSql, sourceOf } = await postgresModule();
  return migrationSql(sourceOf(url), options);
}

/** Brings the schema of a Postgres up to date. */
export async function migratePostgres(url: string, options: MigrationOptions): Promise<void> {
  const { migrateStore, sourceOf } = await postgresModule();
  await migrateStore(sourceOf(url), options);
}

/** Removes the store of a `postgres:` URL with everything in it. Nothing happens where there is none. */
export async function dropPostgresStore(url: string): Promise<void> {
  const { dropStore, sourceOf } = await postgresModule();
  await dropStore(sourceOf(url));
}

export function isPostgres(url: string): boolean {
  return /^postgres(ql)?:/i.test(url);
}

/** The file that a `sqlite:` URL names; `undefined` for any other URL. `INVALID_ARGUMENT` where it names none. */
export function sqliteFileOf(url: string): string | undefined {
  const [, rest] = /^sqlite:(.*)$/is.exec(url) ?? [];
  return rest === undefined ? undefined : sqlitePath(rest);
}

/** The path in `sqlite:PATH`. `sqlite:///PATH`, as other tools write it, is accepted for an absolute one. */
function sqlitePath(rest: string): string {
  const path = rest.startsWith("///") ? rest.slice(2) : rest;
  if (path === "") throw invalid("url", 'names no file: use "sqlite:PATH", such as "sqlite:./agents.db".');
  if (path === ":memory:") throw invalid("url", 'for a store in memory use "memory:".');
  if (path.startsWith("//"))
    throw invalid("url", 'names a host: a SQLite file is local. Use "sqlite:PATH" or "sqlite:///ABSOLUTE/PATH".');
  if (path.includes("\0")) throw invalid("url", "must not contain NUL.");
  if (path.includes("?")) throw invalid("url", "takes no parameters and no ? in the path: pass options to open().");
  return path;
}

function hint(url: string): string {
  return /\.(db|sqlite3?)$/i.test(url) ? `Did you mean ${JSON.stringify(`sqlite:${url}`)}?` : "";
}
