import { readOptions, usage } from "./options.js";
import type { LoadOptions } from "./options.js";
import { LoadRun } from "./run.js";
import { withStore } from "./stores.js";
import type { StartServer } from "./stores.js";

/** Puts a store under load, with the words after `--`, and gives the exit code. `root` is the folder of the repository. */
export async function runLoad(root: string, words: readonly string[], startServer: StartServer): Promise<number> {
  let options: LoadOptions;
  try {
    options = readOptions(words);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  return withStore(options.store, root, startServer, (store) => new LoadRun(store, options).run());
}
