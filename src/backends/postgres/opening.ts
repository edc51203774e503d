import { HoldfastError } from "../../contract/index.js";
import type { BackendOptions } from "../../core/backend.js";
import { ColdTier, recordedArchive } from "../../core/cold-tier.js";
import { effectiveSettings } from "../../core/settings.js";
import type { Settings } from "../../core/settings.js";
import type { Database } from "./database.js";
import { isMissing, migrate } from "./migrations.js";
import { checkRole } from "./roles.js";
import { schemaVersion } from "./schema.js";
import { settingsQuery } from "./settings.js";
import { StoreContext } from "./store-context.js";
import { statement } from "./transaction.js";

export interface Opened {
  readonly store: StoreContext;
  readonly schemaVersion: number;
  readonly compatibleSince: number;
}

/** Opens the store in a schema of the database; where `migrates`, brings it up to date before. */
export async function openStore(database: Database, { settings }: BackendOptions, migrates: boolean): Promise<Opened> {
  await lookAt(database);
  if (migrates) await migrate(database);
  const meta = await readMeta(database);
  const version = checkVersions(meta, database);
  await checkRole(database);
  const recorded = await recordSettings(database, settings);
  const hashKey = Uint8Array.from(Buffer.from(meta.get("hash_key") ?? "", "hex"));
  const effective = effectiveSettings(settings, recorded);
  const cold = new ColdTier("/", effective.archive, meta.get("store_id") ?? "");
  return { store: new StoreContext(database, hashKey, effective, cold), ...version };
}

async function readMeta(database: Database): Promise<ReadonlyMap<string, string>> {
  try {
    const found = await database.asRole((tx) => tx.commit([statement("SELECT key, value FROM @meta")]));
    return new Map(found[0]?.rows as readonly (readonly [string, string])[]);
  } catch (error) {
    if (isMissing(error)) throw notMigrated(database.names.schema, error);
    throw error;
  }
}

function checkVersions(meta: ReadonlyMap<string, string>, database: Database): Omit<Opened, "store"> {
  const stored = Number(meta.get("schema_version") ?? 0);
  const since = Number(meta.get("compatible_since") ?? 0);
  if (stored === 0 || stored < schemaVersion) throw notMigrated(database.names.schema);
  if (since > schemaVersion) {
    throw new HoldfastError(
      "UNSUPPORTED",
      `The schema ${JSON.stringify(database.names.schema)} has version ${stored}, which a release that knows version ${schemaVersion} cannot use. Use a newer release.`,
    );
  }
  return { schemaVersion: stored, compatibleSince: since };
}

/** Finds out what transactions have to know of the server. */
export async function lookAt(database: Database): Promise<void> {
  const found = await database.runOnce(statement(traits));
  const [synchronousCommit, isOnCitus, version] = found?.rows[0] ?? [];
  database.isOnCitus = isOnCitus === true;
  // Others speak its language, too, and plan in ways of their own.
  database.keepsPlans = !database.isOnCitus && /^PostgreSQL (?!.*-YB-)/.test(String(version));
  // How the workers of Citus are set, is not to be seen from here.
  database.isHasty = synchronousCommit === "off" || database.isOnCitus;
}

const traits = `SELECT current_setting('synchronous_commit'),
EXISTS (SELECT FROM pg_extension WHERE extname = 'citus'), version()`;

/** Records what is given, each setting for itself, and gives what is recorded then. */
async function recordSettings(database: Database, given: Settings): Promise<Settings> {
  const { archive, ...rest } = given;
  const patch = { ...rest, ...(archive !== undefined && { archive: recordedArchive("/", archive) }) };
  const record = statement(upsertSettings, JSON.stringify(patch));
  const statements = Object.keys(patch).length === 0 ? [settingsQuery] : [record, settingsQuery];
  const results = await database.asRole((tx) => tx.commit(statements));
  const [text] = results.at(-1)?.rows[0] ?? [];
  return text === undefined ? {} : (JSON.parse(String(text)) as Settings);
}

const upsertSettings = `INSERT INTO @settings AS s (key, value) VALUES ('settings', $1)
ON CONFLICT (key) DO UPDATE SET value = (s.value::jsonb || excluded.value::jsonb)::text`;

function notMigrated(schema: string, cause?: unknown): HoldfastError {
  return new HoldfastError(
    "UNAVAILABLE",
    `The database has no schema ${JSON.stringify(schema)} that this release can use. Run "holdfast migrate --store URL" as its owner, or pass { migrate: true } to open().`,
    { cause, retryable: false },
  );
}
