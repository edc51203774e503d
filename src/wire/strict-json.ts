import { HoldfastError } from "../contract/index.js";

/** The JSON of a request's body, of at most `maxBytes`. */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  const bytes = new Uint8Array(await request.arrayBuffer());
  if (bytes.byteLength > maxBytes) {
    throw new HoldfastError(
      "TOO_LARGE",
      `body is too large: ${bytes.byteLength} bytes, and the limit is ${maxBytes}.`,
      {
        details: { path: "body", limit: maxBytes, size: bytes.byteLength },
      },
    );
  }
  return parseJson(new TextDecoder().decode(bytes), "body");
}

/** What a JSON text says. `path` names it where it is none. */
export function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new HoldfastError("INVALID_ARGUMENT", `${path} is not JSON.`, { details: { path } });
  }
}
