import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { HoldfastError } from "../../contract/index.js";
import { missingFile } from "../../core/cold-tier.js";
import { Connection } from "./connection.js";
import type { SqlDriver } from "./driver.js";
import type { BlockColumns } from "../../core/stored-block.js";
import { readBlock } from "../../core/stored-block.js";
import { schemaStatements } from "./schema.js";
import { seal } from "./seal.js";
import type { StoreContext } from "./store-context.js";

const allBlocks =
  "SELECT first, last, codec, location, body, checksum, bytes, bid, lid FROM log_blocks WHERE bid > ? ORDER BY bid LIMIT 50";
const bringIn = "UPDATE log_blocks SET location = NULL, body = ? WHERE bid = ?";

/**
 * Writes a copy of the store to a new file, as of one moment, with the blocks of a cold tier in a directory brought into it.
 * Fails where a block is damaged: who looks into a backup later cannot get it from anywhere else.
 * It is made aside and gets its name when it is whole and on the disk.
 */
export function backUp(db: Connection, driver: SqlDriver, store: StoreContext, file: string): void {
  const target = resolve(file);
  if (existsSync(target)) {
    throw new HoldfastError("ALREADY_EXISTS", `${JSON.stringify(target)} exists. Give the name of a new file.`, {
      details: { path: "file" },
    });
  }
  const aside = `${target}.part-${process.pid}-${Date.now()}`;
  try {
    // It writes to another file only; SQLite refuses it all the same where a connection is to read.
    db.exec("PRAGMA query_only = OFF");
    makeWhole(db, driver, store, aside);
    sync(aside);
    renameSync(aside, target);
    if (process.platform !== "win32") sync(dirname(target));
  } finally {
    remove(aside);
  }
}

/** Again where the file of a block is gone: its log may have been erased since, and then the next copy has neither. */
function makeWhole(db: Connection, driver: SqlDriver, store: StoreContext, file: string): void {
  for (let missing: string | undefined; ;) {
    try {
      copyTo(db, driver, store, file);
      return;
    } catch (error) {
      const path = missingFile(error);
      if (path === undefined || path === missing) throw error;
      missing = path;
      remove(file);
    }
  }
}

function copyTo(db: Connection, driver: SqlDriver, store: StoreContext, file: string): void {
  db.run("VACUUM INTO ?", file);
  const copy = new Connection(driver.open(file));
  try {
    bringInBlocks(copy, store);
  } finally {
    copy.close();
  }
}

function remove(file: string): void {
  for (const left of [file, `${file}-wal`, `${file}-shm`, `${file}-journal`]) rmSync(left, { force: true });
}

function bringInBlocks(copy: Connection, { cold }: StoreContext): void {
  copy.within("BEGIN IMMEDIATE", () => {
    for (let last = 0; ;) {
      const blocks = copy.all<readonly [...BlockColumns, bid: number, lid: number]>(allBlocks, last);
      for (const [first, end, codec, location, body, checksum, bytes, bid, lid] of blocks) {
        readBlock(cold, lid, [first, end, codec, location, body, checksum, bytes]);
        if (location !== null) copy.run(bringIn, cold.read(location), bid);
        last = bid;
      }
      if (blocks.length === 0) break;
    }
    // In a restored store new blocks go into the file, too, until another place is set.
    const [settings] = copy.get<[string]>(schemaStatements.meta, "settings") ?? ["{}"];
    const { archive: _, ...rest } = JSON.parse(settings) as { readonly archive?: string };
    copy.run(schemaStatements.putMeta, "settings", JSON.stringify(rest));
    // It is another store, however often it is copied: each gets a name of its own when it is opened, and with it a folder.
    copy.run(schemaStatements.removeMeta, "store_id");
    seal(copy);
  });
}

function sync(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
