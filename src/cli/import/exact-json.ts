import { HoldfastError } from "../../contract/index.js";

/**
 * The value of a JSON text, or `INVALID_ARGUMENT` where it is none, or where JavaScript cannot hold one of its integers
 * exactly: such a number would be stored as another one.
 */
export function parseExactly(text: string): unknown {
  const value = parse(text);
  const inexact = inexactInteger(text);
  if (inexact === undefined) return value;
  throw new HoldfastError(
    "INVALID_ARGUMENT",
    `has the number ${inexact}, which JavaScript cannot hold exactly: write it as a string.`,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new HoldfastError("INVALID_ARGUMENT", "is not JSON.", { cause: error });
  }
}

function inexactInteger(text: string): string | undefined {
  if (!/\d{16}/.test(text)) return undefined;
  for (const [number] of withoutStrings(text).matchAll(/(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g)) {
    if (String(BigInt(number)) !== String(BigInt(Number(number)))) return number;
  }
  return undefined;
}

function withoutStrings(text: string): string {
  const outside: string[] = [];
  let start = 0;
  for (let quote = text.indexOf('"'); quote !== -1; quote = text.indexOf('"', start)) {
    outside.push(text.slice(start, quote));
    start = endOfString(text, quote);
  }
  outside.push(text.slice(start));
  return outside.join('""');
}

function endOfString(text: string, quote: number): number {
  let end = quote + 1;
  while (text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
  return end + 1;
}
