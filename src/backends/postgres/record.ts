import { HoldfastError } from "../../contract/index.js";
import { columnTypes } from "./column-types.js";
import type { SqlRow, SqlValue } from "./driver.js";

/** The columns of a row that `record_send` made bytes of: their number, and of each its type, its length, and as many bytes. */
export function readRecord(bytes: Buffer): SqlRow {
  const row: SqlValue[] = [];
  let at = 4;
  for (let left = bytes.readInt32BE(0); left > 0; left--) {
    const length = bytes.readInt32BE(at + 4);
    const end = at + 8 + Math.max(length, 0);
    row.push(length === -1 ? null : readValue(bytes.readUInt32BE(at), bytes.subarray(at + 8, end)));
    at = end;
  }
  return row;
}

function readValue(type: number, bytes: Buffer): SqlValue {
  switch (type) {
    case columnTypes.boolean:
      return bytes[0] === 1;
    case columnTypes.bytea:
      return Uint8Array.from(bytes);
    case columnTypes.int2:
      return bytes.readInt16BE();
    case columnTypes.int4:
      return bytes.readInt32BE();
    case columnTypes.int8:
      return Number(bytes.readBigInt64BE());
    case columnTypes.float8:
      return bytes.readDoubleBE();
    case columnTypes.text:
      return bytes.toString();
    default:
      throw new HoldfastError(
        "INTERNAL",
        `A statement of Holdfast gave a column of type ${type}, which it cannot read.`,
      );
  }
}
