import { parseArgs } from "node:util";

export interface LoadOptions {
  readonly tenants: number;
  readonly minutes: number;
  /** Calls a second, of all processes together. */
  readonly rate: number;
  readonly processes: number;
  /** The store to use; without it, a Postgres that is started for the run. */
  readonly store: string | undefined;
  readonly seed: number;
  /** Where to write the plot. */
  readonly svg: string | undefined;
  /** Where to write the numbers. */
  readonly json: string | undefined;
}

export const usage: string = `npm run load -- [--tenants COUNT] [--minutes MINUTES] [--rate CALLS] [--processes COUNT]
                    [--store URL] [--seed SEED] [--svg FILE] [--json FILE]

--tenants    how many; 1000 by default
--minutes    for how long; 10 by default
--rate       calls a second, of all processes together; 100 by default
--processes  how many; 2 by default
--store      a Postgres, as the owner of its schema, or a SQLite file: postgres://… or sqlite:./load.db.
             What the run has written there is erased at its end. By default it starts a Postgres of its own
--seed       chooses calls, tenants and times as an earlier run did, which printed its seed
--svg        writes a plot of the latencies to a file
--json       writes the numbers to a file, too`;

/** Throws where an option or its value is not known. */
export function readOptions(words: readonly string[]): LoadOptions {
  const { values } = parseArgs({
    args: withNumbers(words),
    options: {
      tenants: { type: "string", default: "1000" },
      minutes: { type: "string", default: "10" },
      rate: { type: "string", default: "100" },
      processes: { type: "string", default: "2" },
      store: { type: "string" },
      seed: { type: "string", default: String(Date.now() % 2 ** 32) },
      svg: { type: "string" },
      json: { type: "string" },
    },
  });
  return {
    tenants: integer("--tenants", values.tenants, 1),
    minutes: above0("--minutes", values.minutes),
    rate: above0("--rate", values.rate),
    processes: integer("--processes", values.processes, 1),
    store: values.store === undefined ? undefined : storeUrl(values.store),
    seed: integer("--seed", values.seed, 0),
    svg: values.svg,
    json: values.json,
  };
}

/** The same words, where a number below 0 belongs to the option before it: it is refused by name, not as an option. */
function withNumbers(words: readonly string[]): string[] {
  return words.flatMap((word, index) => {
    if (/^-[\d.]/.test(words[index + 1] ?? "") && word.startsWith("--")) return `${word}=${words[index + 1]}`;
    return /^-[\d.]/.test(word) && index > 0 ? [] : word;
  });
}

function integer(name: string, word: string, least: number): number {
  const number = Number(word);
  if (word.trim() !== "" && Number.isSafeInteger(number) && number >= least) return number;
  throw new Error(`${name} must be an integer from ${least}; got ${word}.`);
}

function above0(name: string, word: string): number {
  const number = Number(word);
  if (Number.isFinite(number) && number > 0) return number;
  throw new Error(`${name} must be a number above 0; got ${word}.`);
}

function storeUrl(word: string): string {
  if (/^sqlite:./.test(word)) return word;
  if (/^postgres(ql)?:$/.test(URL.canParse(word) ? new URL(word).protocol : "")) return word;
  throw new Error(`--store must be the URL of a Postgres or of a SQLite file, postgres://… or sqlite:…; got ${word}.`);
}
