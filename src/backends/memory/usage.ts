import type { StoreUsage, Usage } from "../../contract/index.js";
import { sizeOf } from "../../core/codec.js";
import type { Encoded, JsonText } from "../../core/operations.js";
import { allEntries } from "../../tables/kv.js";
import type { View } from "../../tables/view.js";

type Bodies = readonly (Encoded | JsonText | undefined)[];

export function usage(view: View): Usage {
  const { threads, messages, snapshots, logEntries } = view.tables;
  const versions = [...snapshots.values()].flatMap((ofUser) => Array.from(ofUser.entries()));
  const events = [...logEntries.values()].flatMap((ofLog) => Array.from(ofLog.values()));
  return {
    messages: count([
      ...[...threads.values()].map(({ row }) => [row.title, row.metadata]),
      ...[...messages.values()].map(({ row }) => [row.content, row.parts, row.metadata]),
    ]),
    state: count(versions.map(([, { row }]) => [row.data, row.axes])),
    kv: count(allEntries(view).map(({ row }) => [row.value])),
    log: count(events.map(({ event }) => [event])),
  };
}

function count(rows: readonly Bodies[]): StoreUsage {
  const bytes = rows.flat().reduce((sum, body) => sum + sizeOf(body), 0);
  return { rows: rows.length, bytes };
}
