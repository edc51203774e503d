import { HoldfastError } from "../../contract/index.js";
import { codec } from "../../core/codec.js";
import type { Encoded, JsonText } from "../../core/operations.js";
import type { SqlRow } from "./driver.js";
import { kvColumns, placeOf, toEntry as toKvEntry } from "./kv-columns.js";
import type { KvColumns } from "./kv-columns.js";
import { entryColumns, toEntry } from "./log-columns.js";
import type { EntryColumns } from "./log-columns.js";
import { messageColumns, messagesInThreads, toMessage } from "./message-columns.js";
import type { MessageColumns } from "./message-columns.js";
import { checkRecord, recordColumns } from "./operations.js";
import type { RecordColumns } from "./operations.js";
import { checkLease, leaseColumns } from "./leases.js";
import { erasureColumns, toErasure } from "./erasure-columns.js";
import type { ErasureColumns } from "./erasure-columns.js";
import { tombstoneColumns, toTombstone } from "./tombstones.js";
import { stateColumns, toState } from "./state.js";
import type { StateColumns } from "./state.js";
import { threadColumns, toThread } from "./thread-columns.js";
import type { ThreadColumns } from "./thread-columns.js";

/** How the rows of a table are examined one by one. */
export interface RowCheck {
  /** Gives the rows behind a key, some at a time. The key's columns come first, and it ends with the most rows to give. */
  readonly sql: string;
  /** The key before every row. */
  readonly start: SqlRow;
  problem(row: SqlRow): { readonly kind: string; readonly message: string } | undefined;
}

export const rowChecks: readonly RowCheck[] = [
  rowCheck("threads", "sid", `sid, tid, ${threadColumns}`, ([, tid, ...stored]: Row<[number], ThreadColumns>) => {
    const { id, title, metadata } = toThread(tid, stored);
    return { what: "thread", id, body: title, texts: [metadata] };
  }),
  rowCheck(
    messagesInThreads,
    "m.mid",
    `m.mid, m.tid, ${messageColumns}`,
    ([, tid, ...stored]: Row<[number], MessageColumns>) => {
      const { id, content, parts, metadata } = toMessage(tid, stored);
      return { what: "message", id, body: content, texts: [parts, metadata] };
    },
  ),
  rowCheck("state_versions", "vid", `vid, tid, ${stateColumns}`, ([, tid, ...stored]: Row<[number], StateColumns>) => {
    const { userId, data, axes } = toState(tid, stored);
    return { what: "snapshot of user", id: userId, body: data, texts: [axes] };
  }),
  rowCheck(
    "kv",
    "kid",
    `kid, tid, namespace, ${kvColumns}`,
    ([, tid, namespace, ...stored]: Row<[number, Uint8Array], KvColumns>) => {
      const { key, value } = toKvEntry(placeOf(tid, namespace), stored);
      return { what: "entry", id: key, body: value, texts: [] };
    },
  ),
  rowCheck(
    "log_entries",
    "eid",
    `eid, lid, ordinal, codec, ${entryColumns}`,
    ([, lid, ordinal, tag, ...stored]: Row<[number, number, number], EntryColumns>) => {
      const { event } = toEntry(lid, ordinal, stored);
      return { what: "log entry", id: ordinal, body: { codec: tag, data: event }, texts: [] };
    },
  ),
  rowCheck("commits", "cid", `cid, ${recordColumns}`, ([, ...stored]: Row<[], RecordColumns>) => {
    const { operationId, results, subjects } = checkRecord(stored);
    return { what: "operation", id: operationId, body: undefined, texts: [results, subjects] };
  }),
  rowCheck("erasures AS e", "e.rid", erasureColumns, (row: ErasureColumns) => {
    const { id, bounds, position, removed } = toErasure(row);
    return { what: "erasure", id, body: undefined, texts: [bounds, position, removed] };
  }),
  keyCheck("leases", "tid, user_id, name", leaseColumns, checkLease),
  keyCheck("tombstones", "tid, kind, hash", tombstoneColumns, toTombstone),
];

/** Of a table that has a key of three columns instead of a row id. `read` throws where the row is not as it was written. */
function keyCheck<R extends readonly unknown[]>(
  from: string,
  key: string,
  columns: string,
  read: (row: R) => void,
): RowCheck {
  const sql = `SELECT ${columns} FROM ${from} WHERE (${key}) > (?, ?, ?) ORDER BY ${key} LIMIT ?`;
  return checkOf<R>(sql, [0, "", ""], (row) => {
    read(row);
    return undefined;
  });
}

type Row<Address extends readonly unknown[], Columns extends readonly unknown[]> = readonly [
  rowId: number,
  ...address: Address,
  ...columns: Columns,
];

/** What a row holds that has to be decoded. */
interface Bodies {
  readonly what: string;
  readonly id: string | number | null;
  readonly body: Encoded | undefined;
  readonly texts: readonly (JsonText | null | undefined)[];
}

/** `read` throws where the row is not as it was written. */
function rowCheck<R extends readonly unknown[]>(
  from: string,
  rowId: string,
  columns: string,
  read: (row: R) => Bodies | undefined,
): RowCheck {
  return checkOf(`SELECT ${columns} FROM ${from} WHERE ${rowId} > ? ORDER BY ${rowId} LIMIT ?`, [0], read);
}

function checkOf<R extends readonly unknown[]>(
  sql: string,
  start: SqlRow,
  read: (row: R) => Bodies | undefined,
): RowCheck {
  return {
    sql,
    start,
    problem(row) {
      try {
        const bodies = read(row as unknown as R);
        return bodies === undefined ? undefined : problemOf(bodies);
      } catch (error) {
        if (!(error instanceof HoldfastError)) throw error;
        return { kind: "damaged-value", message: error.message };
      }
    },
  };
}

/** What is wrong with the bodies of a row, also of one that has no checksum. */
function problemOf({ what, id, body, texts }: Bodies): ReturnType<RowCheck["problem"]> {
  const name = `The ${what} ${JSON.stringify(id)}`;
  if (body !== undefined && body.codec !== codec.json && body.codec !== codec.bytes) {
    const says = `has codec ${String(body.codec)}, which this release does not know.`;
    return { kind: "unknown-codec", message: `${name} ${says}` };
  }
  const isWhole = (body === undefined || isBody(body)) && texts.every((text) => isJson(text ?? "null"));
  return isWhole ? undefined : { kind: "damaged-value", message: `${name} cannot be read: the store is damaged.` };
}

function isBody({ codec: tag, data }: Encoded): boolean {
  return tag === codec.bytes ? data instanceof Uint8Array : isJson(data);
}

function isJson(text: string | Uint8Array): boolean {
  if (typeof text !== "string") return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
