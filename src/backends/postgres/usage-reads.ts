import type { StoreUsage, Usage } from "../../contract/index.js";
import { bytesOf } from "./bodies.js";
import type { SqlResult } from "./driver.js";
import { textBytes } from "./page.js";
import type { Reading, ReadView } from "./reading.js";
import { statement } from "./transaction.js";

export function* usage(view: ReadView): Reading<Usage> {
  const results = yield statements.map((sql) => statement(sql, view.tid));
  const [threads, messages, state, kv, entries, blocks] = results.map(toUsage) as Measured;
  return { messages: sum(threads, messages), state, kv, log: sum(entries, blocks) };
}

type Measured = [
  threads: StoreUsage,
  messages: StoreUsage,
  state: StoreUsage,
  kv: StoreUsage,
  entries: StoreUsage,
  blocks: StoreUsage,
];

const body = (column: string): string => `coalesce(${bytesOf("codec", column)}, 0)`;

const statements = [
  measure("@threads", "count(*)", `${body("title")} + ${textBytes("metadata")}`),
  measure("@messages", "count(*)", `${body("content")} + ${textBytes("parts")} + ${textBytes("metadata")}`),
  measure("@state_versions", "count(*)", `${body("data")} + ${textBytes("axes")}`),
  measure("@kv", "count(*)", body("value")),
  measure("@log_entries", "count(*)", textBytes("event")),
  measure("@log_blocks", "coalesce(sum(last - first + 1), 0)::bigint", "bytes"),
];

function measure(table: string, rows: string, bytes: string): string {
  return `SELECT ${rows}, coalesce(sum(${bytes}), 0)::bigint FROM ${table} WHERE tenant_id = $1`;
}

function toUsage(result: SqlResult): StoreUsage {
  const [rows, bytes] = result.rows[0] as readonly [number, number];
  return { rows, bytes };
}

function sum(one: StoreUsage, other: StoreUsage): StoreUsage {
  return { rows: one.rows + other.rows, bytes: one.bytes + other.bytes };
}
