import { parseArgs } from "node:util";

export interface HttpSoakOptions {
  readonly requests: number;
  readonly tails: number;
}

export const usage: string = `npm run soak:http -- [--requests COUNT] [--tails COUNT]

--requests  calls to make; 1,000,000 by default
--tails     tails to open and drop between them; 10,000 by default`;

/** Throws where an option or its value is not known. */
export function readOptions(words: readonly string[]): HttpSoakOptions {
  const { values } = parseArgs({
    args: [...words],
    options: {
      requests: { type: "string", default: "1000000" },
      tails: { type: "string", default: "10000" },
    },
  });
  const requests = count("--requests", values.requests);
  return { requests, tails: Math.min(requests, count("--tails", values.tails)) };
}

function count(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new Error(`${name} must be an integer from 1; got ${text}.`);
}
