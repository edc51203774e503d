import { isDeepStrictEqual } from "node:util";
import type { ExportRecord } from "../../contract/index.js";

/** What a record is, and its address in its tenant: the same for two versions of the same thing. */
export function recordName(record: ExportRecord): string {
  switch (record.type) {
    case "thread":
    case "message":
      return `${record.type} ${JSON.stringify(record.id)}`;
    case "snapshot":
      return `state snapshot ${record.revision} of user ${JSON.stringify(record.userId)}`;
    case "entry":
      return `key/value entry ${JSON.stringify([...record.namespace, record.key])}`;
    case "log":
      return `log ${JSON.stringify(record.threadId)}`;
    case "logEntry":
      return `entry ${record.ordinal} of log ${JSON.stringify(record.threadId)}`;
  }
}

/** The names of the fields in which two versions of a record differ. */
export function differingFields(one: ExportRecord, other: ExportRecord): readonly string[] {
  const [first, second] = [one, other] as unknown as readonly [Fields, Fields];
  const names = new Set([...Object.keys(first), ...Object.keys(second)]);
  return [...names].filter((name) => !isDeepStrictEqual(first[name], second[name]));
}

type Fields = Readonly<Record<string, unknown>>;
