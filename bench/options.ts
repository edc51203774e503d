import { parseArgs } from "node:util";
import { groups } from "./groups.js";
import type { DriverName } from "./raw-driver.js";

export interface Options {
  /** The one that Holdfast takes by itself, by default. */
  readonly driver: DriverName | undefined;
  readonly groups: readonly string[];
  readonly quick: boolean;
  /** Where to write the rows as JSON. */
  readonly json: string | undefined;
}

export const usage: string = `npm run bench -- [--driver NAME] [--rows NAME,…] [--quick] [--json FILE]

--driver  libsql, node:sqlite or better-sqlite3; by default the one that Holdfast takes on this Node
--rows    some of: ${Object.keys(groups).join(", ")}
--quick   smaller stores and shorter rounds: under a minute, and only roughly right
--json    writes the rows to a file, too`;

/** Throws where an option or its value is not known. */
export function readOptions(words: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...words],
    options: {
      driver: { type: "string" },
      rows: { type: "string" },
      quick: { type: "boolean", default: false },
      json: { type: "string" },
    },
  });
  const { driver, rows, quick, json } = values;
  if (driver !== undefined && !isDriver(driver)) throw new Error(`There is no driver ${driver}.`);
  return { driver, groups: chosenGroups(rows, Object.keys(groups)), quick, json };
}

/** The groups that `--rows` names, or all of them. */
export function chosenGroups(rows: string | undefined, names: readonly string[]): readonly string[] {
  const chosen = rows?.split(",") ?? names;
  const unknown = chosen.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`There are no rows ${unknown.join(", ")}.`);
  return chosen;
}

function isDriver(name: string): name is DriverName {
  return ["libsql", "node:sqlite", "better-sqlite3"].includes(name);
}
