import { HoldfastError } from "../../contract/index.js";
import { invalid } from "../../core/arguments.js";

/** A line of a file that is not empty: its text, or why it cannot be read as text. Counted from 1, empty ones too. */
export type Line =
  | { readonly number: number; readonly text: string; readonly problem?: undefined }
  | { readonly number: number; readonly text?: undefined; readonly problem: HoldfastError };

const newline = 0x0a;

/** No line that could be imported is longer: it would not fit into a JavaScript string with its copies. */
const longestLine = 256 * 1024 * 1024;

/**
 * Splits bytes into lines at `\n`, and nowhere else: JSON text may hold U+2028, at which Node's readline splits too.
 * A byte order mark, and `\r` before the `\n`, are dropped.
 */
export async function* linesOf(bytes: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  const pieces: Buffer[] = [];
  let number = 1;
  for await (const chunk of bytes) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      pieces.push(chunk.subarray(start, end));
      yield* nonEmpty(readLine(pieces.splice(0), number++));
      start = end + 1;
    }
    pieces.push(chunk.subarray(start));
    refuseEndless(pieces, number);
  }
  yield* nonEmpty(readLine(pieces, number));
}

function readLine(pieces: readonly Buffer[], number: number): Line {
  try {
    return { number, text: new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(pieces)).trim() };
  } catch (error) {
    return { number, problem: new HoldfastError("INVALID_ARGUMENT", "it is not UTF-8 text.", { cause: error }) };
  }
}

function* nonEmpty(line: Line): Generator<Line> {
  if (line.text !== "") yield line;
}

function refuseEndless(pieces: readonly Buffer[], number: number): void {
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (size > longestLine)
    throw invalid("FILE", `has no line break in ${size} bytes from line ${number} on: it is no file of JSON lines.`);
}
