import { parseArgs } from "node:util";
import { chosenGroups } from "../options.js";
import { groups } from "./groups.js";

export interface PostgresOptions {
  readonly groups: readonly string[];
  readonly quick: boolean;
  /** Where to write the rows as JSON. */
  readonly json: string | undefined;
}

export const usage: string = `npm run bench:postgres -- [--rows NAME,…] [--quick] [--json FILE]

--rows    some of: ${Object.keys(groups).join(", ")}
--quick   smaller stores and shorter rounds: only roughly right
--json    writes the rows to a file, too

It starts a server of its own, unless HOLDFAST_TEST_POSTGRES_URL names one, with a user that may do everything there.`;

/** Throws where an option or its value is not known. */
export function readPostgresOptions(words: readonly string[]): PostgresOptions {
  const { values } = parseArgs({
    args: [...words],
    options: {
      rows: { type: "string" },
      quick: { type: "boolean", default: false },
      json: { type: "string" },
    },
  });
  const { rows, quick, json } = values;
  return { groups: chosenGroups(rows, Object.keys(groups)), quick, json };
}
