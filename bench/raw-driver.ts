import { createRequire } from "node:module";

export type DriverName = "libsql" | "node:sqlite" | "better-sqlite3";

export type RawValue = string | number | null;

/** The part of the three drivers in which they are alike, used as their documentation shows. */
export interface RawDatabase {
  exec(sql: string): void;
  prepare(sql: string): RawStatement;
  close(): void;
}

export interface RawStatement {
  run(...values: readonly RawValue[]): { readonly changes: number };
  get(...values: readonly RawValue[]): unknown;
  all(...values: readonly RawValue[]): unknown[];
}

/** Opens a file with the driver itself, with nothing of Holdfast in between. */
export function openRawDatabase(driver: DriverName, path: string): RawDatabase {
  const require = createRequire(import.meta.url);
  if (driver === "node:sqlite") {
    const { DatabaseSync } = process.getBuiltinModule("node:sqlite") as unknown as {
      readonly DatabaseSync: new (path: string) => RawDatabase;
    };
    return new DatabaseSync(path);
  }
  const Database = require(driver) as new (path: string) => RawDatabase;
  return new Database(path);
}
