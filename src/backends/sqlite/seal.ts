import { HoldfastError } from "../../contract/index.js";
import type { Connection } from "./connection.js";
import { checksumOf } from "./row-checksum.js";
import { schemaStatements } from "./schema.js";

/**
 * The checksum of what all else goes by: the schema, the settings, the key of the hashes. It is of the objects that there were
 * when it was made, as others may add their own.
 */
interface Seal {
  readonly objects: readonly string[];
  readonly checksum: number;
}

const allObjects = "SELECT name, type, tbl_name, sql FROM sqlite_schema ORDER BY name";
// Apart from how far a sweep is, and from the versions: that a release can be rolled back may be said by hand.
const allMeta =
  "SELECT key, value FROM meta WHERE key NOT IN ('seal', 'swept_until', 'schema_version', 'compatible_since') ORDER BY key";

type SchemaObject = readonly [name: string, type: string, table: string, sql: string | null];
type MetaEntry = readonly [key: string, value: string | number | Uint8Array];

/** Runs in the transaction that has changed any of it. */
export function seal(db: Connection): void {
  const objects = db.all<SchemaObject>(allObjects).map(([name]) => name);
  const made: Seal = { objects, checksum: sealChecksum(db, objects) };
  db.run(schemaStatements.putMeta, "seal", JSON.stringify(made));
}

/** Throws where any of it is not as it was when it was sealed. Runs inside a transaction. */
export function checkSeal(db: Connection): void {
  const [text] = db.get<[string]>(schemaStatements.meta, "seal") ?? [];
  const found = text === undefined ? undefined : parsed(text);
  if (found?.checksum === sealChecksum(db, found?.objects ?? [])) return;
  throw new HoldfastError(
    "INTERNAL",
    "The schema of the store or its settings are not as they were written: the store is damaged. Restore a backup.",
    { details: { damaged: "schema" } },
  );
}

function sealChecksum(db: Connection, names: readonly string[]): number {
  const objects = db.all<SchemaObject>(allObjects).filter(([name]) => names.includes(name));
  const meta = db.all<MetaEntry>(allMeta);
  const values = meta.map(([key, value]) => [key, value instanceof Uint8Array ? [...value] : value]);
  return checksumOf(0, JSON.stringify([names, objects, values]));
}

function parsed(text: string): Seal | undefined {
  try {
    return JSON.parse(text) as Seal;
  } catch {
    return undefined;
  }
}
