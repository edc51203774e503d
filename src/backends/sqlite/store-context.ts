import { dirname } from "node:path";
import type { Scope } from "../../core/backend.js";
import { effectiveSettings } from "../../core/settings.js";
import type { EffectiveSettings, Settings } from "../../core/settings.js";
import { ColdTier, recordedArchive } from "../../core/cold-tier.js";
import type { Connection } from "./connection.js";
import { readMeta } from "./opening.js";
import { schemaStatements } from "./schema.js";
import { seal } from "./seal.js";
import type { Snapshot } from "./snapshot.js";
import { byTenantOf, findTenant } from "./tenants.js";

/** What everything that works on a store knows of it: how its ids are hashed, what it keeps, where its cold tier is. */
export interface StoreContext {
  readonly file: string;
  readonly hashKey: Uint8Array;
  readonly settings: EffectiveSettings;
  readonly cold: ColdTier;
}

/** As the store says, which has recorded the settings that were given when it was opened. */
export function readContext(db: Connection, file: string): StoreContext {
  const settings = readSettings(db);
  const storeId = readMeta<string>(db, "store_id");
  return {
    file,
    hashKey: readMeta<Uint8Array>(db, "hash_key"),
    settings,
    cold: new ColdTier(dirname(file), settings.archive, storeId),
  };
}

/** As they are recorded now: another process may have opened the store with others since. */
export function readSettings(db: Connection): EffectiveSettings {
  return effectiveSettings({}, recordedSettings(db));
}

/** Records the settings that were given, so that whoever opens the store without them uses the same. */
export function recordSettings(db: Connection, file: string, given: Settings): void {
  const changed = (): string | undefined => {
    const before = recordedSettings(db);
    const text = JSON.stringify({ ...before, ...recordable(file, given) });
    return text === JSON.stringify(before) ? undefined : text;
  };
  if (changed() === undefined) return;
  db.within("BEGIN IMMEDIATE", () => {
    // Another process may have recorded others meanwhile.
    const text = changed();
    if (text === undefined) return;
    db.run(schemaStatements.putMeta, "settings", text);
    seal(db);
  });
}

/** A moment of a tenant, or of one user of it; the transaction must be open. */
export function snapshotOf(db: Connection, context: StoreContext, { tenantId, userId }: Scope, now: number): Snapshot {
  const [tid, , hasErased] = findTenant(db, tenantId);
  const { hashKey, settings, cold } = context;
  return {
    db,
    tid,
    tenantId,
    userId,
    hasErased: hasErased === 1,
    now,
    hashKey,
    settings,
    cold,
    first: (sql, ...values) => db.get(sql, tid, ...values),
  };
}

/**
 * The same for a query that takes one statement, by `first`, of a tenant whose `tid` was known before: it needs no transaction. It
 * finds nothing where the tenant has another by now.
 */
export function singleStatement(before: Omit<Snapshot, "first">): Snapshot {
  const { db, tid, tenantId } = before;
  return { ...before, first: (sql, ...values) => db.get(byTenantOf(sql), tid, tenantId, ...values) };
}

function recordedSettings(db: Connection): Settings {
  const [text] = db.get<[string]>(schemaStatements.meta, "settings") ?? [];
  return text === undefined ? {} : (JSON.parse(text) as Settings);
}

function recordable(file: string, given: Settings): Settings {
  const { archive } = given;
  return archive === undefined ? given : { ...given, archive: recordedArchive(dirname(file), archive) };
}
