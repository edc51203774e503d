import { codec } from "../../core/codec.js";
import type { Encoded } from "../../core/operations.js";

/** A body as a column holds it: its text, or for bytes their base64. Bodies are `text`, so that nothing is parsed on the way. */
export function bodyText({ data }: Encoded): string {
  return typeof data === "string"
    ? data
    : Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
}

export function toEncoded(tag: number, text: string): Encoded {
  return { codec: tag, data: tag === codec.bytes ? Uint8Array.from(Buffer.from(text, "base64")) : text };
}

/** SQL for the bytes of a body, for those of a whole row: what `usage` counts. */
export function bytesOf(tagColumn: string, column: string): string {
  const decoded = `octet_length(decode(${column}, 'base64'))`;
  return `CASE WHEN ${tagColumn} = ${codec.bytes} THEN ${decoded} ELSE octet_length(${column}) END`;
}
