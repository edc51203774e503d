import { existsSync } from "node:fs";
import type { Command } from "commander";
import { HoldfastError } from "../contract/index.js";
import type { Holdfast, OpenOptions } from "../contract/index.js";
import { open, sqliteFileOf } from "../open.js";
import { fromEnvironment } from "./environment.js";

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
  return store ?? fromEnvironment("HOLDFAST_URL") ?? defaultUrl;
}

/** Opens the store, and makes it where there is none. */
export function openStore(option: StoreOption, options: OpenOptions = {}): Promise<Holdfast> {
  // A command is over before sweeping is worth while; there is one that sweeps.
  return open(storeUrl(option), { sweep: false, ...options });
}

/** Opens a store that is there: only to look into it is no reason to make one. */
export async function openExistingStore(option: StoreOption, options: OpenOptions = {}): Promise<Holdfast> {
  const path = sqliteFileOf(storeUrl(option));
  if (path !== undefined && !existsSync(path)) {
    throw new HoldfastError(
      "NOT_FOUND",
      `there is no store at ${path}. Name one with --store URL; "holdfast tour" and "holdfast import" make one.`,
    );
  }
  return openStore(option, options);
}
