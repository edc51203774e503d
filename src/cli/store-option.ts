import { existsSync } from "node:fs";
import type { Command } from "commander";
import { HoldfastError } from "../contract/index.js";
import type { Holdfast } from "../contract/index.js";
import { open, sqliteFileOf } from "../open.js";

/** The option by which every command is told where the store is. */
export interface StoreOption {
  readonly store?: string;
}

const defaultUrl = "sqlite:./holdfast.db";

export function withStoreOption(command: Command): Command {
  return command.option("--store <url>", `the store; else the environment's HOLDFAST_URL, else ${defaultUrl}`);
}

/** The URL of the store that was meant. */
export function storeUrl({ store }: StoreOption): string {
  const fromEnvironment = process.env["HOLDFAST_URL"];
  return store ?? (fromEnvironment === undefined || fromEnvironment === "" ? defaultUrl : fromEnvironment);
}

/** Opens the store, and makes it where there is none. */
export function openStore(option: StoreOption): Promise<Holdfast> {
  return open(storeUrl(option));
}

/** Opens a store that is there: only to look into it is no reason to make one. */
export async function openExistingStore(option: StoreOption): Promise<Holdfast> {
  const url = storeUrl(option);
  const path = sqliteFileOf(url);
  if (path !== undefined && !existsSync(path)) {
    throw new HoldfastError(
      "NOT_FOUND",
      `there is no store at ${path}. Name one with --store URL; "holdfast tour" and "holdfast import" make one.`,
    );
  }
  return open(url);
}
