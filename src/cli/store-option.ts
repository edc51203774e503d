import { existsSync } from "node:fs";
import type { Command } from "commander";
import { HoldfastError } from "../contract/index.js";
import type { Holdfast, OpenOptions } from "../contract/index.js";
import { isServer, open, sqliteFileOf } from "../open.js";
import { fromEnvironment } from "./environment.js";

/** The option by which every command is told where the store is. */
export interface StoreOption {
  readonly store?: string;
  readonly token?: string;
}

const defaultUrl = "sqlite:./holdfast.db";

/** For a command that works on any store, also on that of a server. */
export function withStoreOption(command: Command): Command {
  return withLocalStoreOption(command).option(
    "--token <token>",
    "who is calling, for the store of a server (https:); else the environment's HOLDFAST_TOKEN",
  );
}

/** For a command that works where the store is. */
export function withLocalStoreOption(command: Command): Command {
  return command.option("--store <url>", `the store; else the environment's HOLDFAST_URL, else ${defaultUrl}`);
}

/** The token that was given. In the environment it is seen by no one who lists processes. */
export function tokenOf({ token }: StoreOption): string | undefined {
  return token ?? fromEnvironment("HOLDFAST_TOKEN");
}

/** The URL of the store that was meant. */
export function storeUrl({ store }: StoreOption): string {
  return store ?? fromEnvironment("HOLDFAST_URL") ?? defaultUrl;
}

/** Opens the store, and makes it where there is none. */
export function openStore(option: StoreOption, options: OpenOptions = {}): Promise<Holdfast> {
  const url = storeUrl(option);
  const token = isServer(url) ? tokenOf(option) : option.token;
  // A command is over before sweeping is worth while; there is one that sweeps.
  return open(url, { sweep: false, ...(token !== undefined && { token }), ...options });
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

/** Refuses the store of a server, for a command that works where the store is. */
export function refuseServer(option: StoreOption, command: string): void {
  const url = storeUrl(option);
  if (!isServer(url)) return;
  throw new HoldfastError("UNSUPPORTED", `${url} is a server: run "holdfast ${command}" where its store is.`);
}
