import type { Command } from "commander";
import type { OpenOptions } from "../contract/index.js";
import { fromEnvironment } from "./environment.js";

/** The option by which commands that erase are told where erasures are recorded outside of the store. */
export interface ErasuresOption {
  readonly erasures?: string;
}

export function withErasuresOption(command: Command): Command {
  return command.option(
    "--erasures <file>",
    "append each erasure to this file, for erase --replay; else the environment's HOLDFAST_ERASURES, else none",
  );
}

/** What to open the store with, so that its erasures are recorded. */
export function openWithErasures({ erasures }: ErasuresOption): OpenOptions {
  const file = erasures ?? fromEnvironment("HOLDFAST_ERASURES");
  return file === undefined ? {} : { erasures: file, erasureKey: fromEnvironment("HOLDFAST_ERASURE_KEY") };
}
