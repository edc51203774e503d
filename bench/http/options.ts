import { parseArgs } from "node:util";
import { chosenGroups } from "../options.js";
import { groups } from "./groups.js";

export interface HttpOptions {
  readonly groups: readonly string[];
  readonly quick: boolean;
  /** Where to write the rows as JSON. */
  readonly json: string | undefined;
}

export const usage: string = `npm run bench:http -- [--rows NAME,…] [--quick] [--json FILE]

--rows    some of: ${Object.keys(groups).join(", ")}
--quick   smaller stores and shorter rounds: only roughly right
--json    writes the rows to a file, too`;

/** Throws where an option or its value is not known. */
export function readHttpOptions(words: readonly string[]): HttpOptions {
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
