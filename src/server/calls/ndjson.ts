import type { Context } from "hono";
import { HoldfastError } from "../../contract/index.js";
import { invalid } from "../../core/arguments.js";
import { toErrorBody } from "../../wire/errors.js";
import { parseStrictJson } from "../../wire/strict-json.js";
import { toShow } from "../error-answer.js";
import type { ServerEnv, StreamEnd } from "../request-variables.js";

export const ndjson = "application/x-ndjson";

/** Characters after which what was gathered is sent. */
const chunkLength = 65_536;

/**
 * An answer of one record a line, fetched as the reader takes them. What fails before the first record rejects; what fails
 * after it ends the answer with a line that is an error. Sets `stream` of the request.
 */
export async function ndjsonAnswer(records: AsyncIterator<unknown>, c: Context<ServerEnv>): Promise<Response> {
  let next: IteratorResult<unknown> | undefined = await records.next();
  const encoder = new TextEncoder();
  let bytesOut = 0;
  let tellEnd: (end: StreamEnd) => void = () => undefined;
  c.set("stream", new Promise((resolve) => (tellEnd = resolve)));
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      let lines = "";
      let end: Omit<StreamEnd, "bytesOut"> | undefined;
      try {
        while (end === undefined && lines.length < chunkLength) {
          const { done, value } = next ?? (await records.next());
          next = undefined;
          if (done === true) end = { code: "OK" };
          else lines += toLine(value);
        }
      } catch (error) {
        const shown = toShow(error);
        lines += toLine(toErrorBody(shown, c.get("requestId")));
        end = { code: shown.code, error };
      }
      const bytes = encoder.encode(lines);
      bytesOut += bytes.byteLength;
      if (lines !== "") controller.enqueue(bytes);
      if (end === undefined) return;
      controller.close();
      tellEnd({ ...end, bytesOut });
    },
    async cancel() {
      tellEnd({ code: "CANCELLED", bytesOut });
      await records.return?.();
    },
  });
  return new Response(stream, { headers: { "Content-Type": ndjson } });
}

function toLine(record: unknown): string {
  return `${JSON.stringify(record)}\n`;
}

/** The records of a body with one a line, each read when it is asked for. A line is of at most `maxBytes`. */
export async function* ndjsonRecords(body: ReadableStream<Uint8Array>, maxBytes: number): AsyncGenerator {
  let index = 0;
  for await (const line of lines(body, maxBytes)) {
    const text = decode(line, `records[${index}]`);
    if (text.trim() === "") continue;
    yield parseStrictJson(text, `records[${index}]`, `records[${index}]`);
    index += 1;
  }
}

async function* lines(body: ReadableStream<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let pieces: Uint8Array[] = [];
  let size = 0;
  const take = (piece: Uint8Array): void => {
    size += piece.byteLength;
    if (size > maxBytes) throw tooLongLine(maxBytes, size);
    pieces.push(piece);
  };
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      take(chunk.subarray(start, end));
      yield Buffer.concat(pieces);
      pieces = [];
      size = 0;
      start = end + 1;
    }
    take(chunk.subarray(start));
  }
  yield Buffer.concat(pieces);
}

const newline = 10;

function decode(line: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(line);
  } catch {
    throw invalid(path, "is not UTF-8.");
  }
}

function tooLongLine(limit: number, size: number): HoldfastError {
  return new HoldfastError("TOO_LARGE", `A line of the body is too large: more than ${limit} bytes.`, {
    details: { path: "records", limit, size },
  });
}
