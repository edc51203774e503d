import type { ExportRecord } from "../contract/index.js";
import {
  epochMs,
  fraction,
  identifier,
  integer,
  invalid,
  key,
  namespace,
  oneOf,
  optional,
  record as fieldsOf,
} from "./arguments.js";
import { codec, encodeJson } from "./codec.js";
import { exportFields } from "./exports.js";
import { encodeEvent } from "./log-writes.js";
import { metadata, parent, parts, roles, withoutAbsent } from "./messages-writes.js";
import type { ImportRow } from "./import-operations.js";
import type { Encoded, JsonText } from "./operations.js";
import type { ValueLimits } from "./prepared.js";
import type { EntryRow } from "./rows.js";
import { axes, sources } from "./state-writes.js";

/** The greatest revision that is taken: the tenant counts on from it, and has as many safe integers left. */
const lastRevision = 2 ** 52;

type Fields = Readonly<Record<string, unknown>>;

/** What a record of an export becomes: a row to import, an entry of the log before it, or the log with its watermark. */
export type ImportedRecord =
  | { readonly row: ImportRow; readonly watermark?: number }
  | { readonly entry: EntryRow; readonly threadId: string };

/** Reads one record. `INVALID_ARGUMENT`, with its path, where it is none that an export gives. */
export function readRecord(value: unknown, path: string, around: ValueLimits): ImportedRecord {
  const type = typeof value === "object" && value !== null ? (value as { type?: unknown }).type : undefined;
  const known = oneOf(type, `${path}.type`, Object.keys(exportFields) as ExportRecord["type"][]);
  const fields = fieldsOf(value, path, exportFields[known]);
  const reader = new RecordReader(fields, path, around);
  switch (known) {
    case "thread":
      return { row: thread(reader) };
    case "message":
      return { row: message(reader) };
    case "snapshot":
      return { row: snapshot(reader) };
    case "entry":
      return { row: entry(reader) };
    case "log":
      return log(reader);
    case "logEntry":
      return { entry: logEntry(reader), threadId: reader.id("threadId") };
  }
}

function thread(of: RecordReader): ImportRow {
  return {
    kind: "import.thread",
    row: withoutAbsent({
      id: of.id("id"),
      userId: of.id("userId"),
      title: of.maybe("title", () => of.value("title")),
      metadata: of.asWritten("metadata", metadata),
      createdAt: of.time("createdAt"),
      updatedAt: of.time("updatedAt"),
      deletedAt: of.maybe("deletedAt", () => of.time("deletedAt")),
      revision: of.revision(),
    }),
  };
}

function message(of: RecordReader): ImportRow {
  return {
    kind: "import.message",
    row: withoutAbsent({
      id: of.id("id"),
      threadId: of.id("threadId"),
      role: of.oneOf("role", roles),
      content: of.value("content"),
      parts: of.asWritten("parts", parts),
      authorId: of.maybe("authorId", () => of.id("authorId")),
      executionId: of.maybe("executionId", () => of.id("executionId")),
      ...of.parent(),
      metadata: of.asWritten("metadata", metadata),
      createdAt: of.time("createdAt"),
      updatedAt: of.maybe("updatedAt", () => of.time("updatedAt")),
      deletedAt: of.maybe("deletedAt", () => of.time("deletedAt")),
      revision: of.revision(),
    }),
  };
}

function snapshot(of: RecordReader): ImportRow {
  return {
    kind: "import.snapshot",
    recordedAt: of.time("recordedAt"),
    row: withoutAbsent({
      userId: of.id("userId"),
      source: of.oneOf("source", sources),
      confidence: of.fraction("confidence"),
      axes: of.asWritten("axes", axes),
      data: of.maybe("data", () => of.value("data")),
      updatedAt: of.time("updatedAt"),
      revision: of.revision(),
    }),
  };
}

function entry(of: RecordReader): ImportRow {
  return {
    kind: "import.entry",
    namespace: of.namespace("namespace"),
    row: withoutAbsent({
      key: of.key("key"),
      value: of.value("value"),
      userId: of.maybe("userId", () => of.id("userId")),
      createdAt: of.time("createdAt"),
      updatedAt: of.time("updatedAt"),
      expiresAt: of.maybe("expiresAt", () => of.time("expiresAt")),
      revision: of.revision(),
    }),
  };
}

function log(of: RecordReader): ImportedRecord {
  const row: ImportRow = withoutAbsent({
    kind: "import.log" as const,
    threadId: of.id("threadId"),
    userId: of.maybe("userId", () => of.id("userId")),
  });
  const head = of.count("head", 0);
  return { row, watermark: of.count("watermark", 0, head) };
}

function logEntry(of: RecordReader): EntryRow {
  return { ordinal: of.count("ordinal"), recordedAt: of.time("recordedAt"), event: of.event() };
}

/** Reads the fields of one record, each of which must be as an export writes it. */
class RecordReader {
  readonly #fields: Fields;
  readonly #path: string;
  readonly #around: ValueLimits;

  constructor(fields: Fields, path: string, around: ValueLimits) {
    this.#fields = fields;
    this.#path = path;
    this.#around = around;
  }

  maybe<T>(name: string, read: () => T): T | undefined {
    return optional(this.#fields[name], name, read);
  }

  id(name: string): string {
    return identifier(this.#fields[name], this.#at(name));
  }

  key(name: string): string {
    return key(this.#fields[name], this.#at(name));
  }

  namespace(name: string): readonly string[] {
    return namespace(this.#fields[name], this.#at(name));
  }

  time(name: string): number {
    return epochMs(this.#fields[name], this.#at(name));
  }

  count(name: string, min: number = 1, max?: number): number {
    return integer(this.#fields[name], this.#at(name), min, max);
  }

  revision(): number {
    return this.count("revision", 1, lastRevision);
  }

  fraction(name: string): number {
    return fraction(this.#fields[name], this.#at(name));
  }

  oneOf<const T extends string>(name: string, allowed: readonly T[]): T {
    return oneOf(this.#fields[name], this.#at(name), allowed);
  }

  /** A field that may be absent, checked and stored as by the write of such a thing. */
  asWritten(
    name: string,
    check: (around: ValueLimits, value: unknown, path: string) => JsonText | undefined,
  ): JsonText | undefined {
    return this.maybe(name, () => check(this.#around, this.#fields[name], this.#at(name)));
  }

  parent(): ReturnType<typeof parent> {
    return parent(this.#fields, this.#path);
  }

  event(): JsonText {
    return encodeEvent(this.#around, this.#fields["event"], this.#at("event"));
  }

  value(name: string): Encoded {
    const at = this.#at(name);
    const { json, bytes } = fieldsOf(this.#fields[name], at, ["json", "bytes"]);
    if ((json === undefined) === (bytes === undefined)) throw invalid(at, "must be { json } or { bytes }.");
    if (bytes === undefined)
      return { codec: codec.json, data: encodeJson(json, `${at}.json`, this.#around.maxValueBytes) };
    const decoded = typeof bytes === "string" ? Buffer.from(bytes, "base64") : undefined;
    if (decoded === undefined || decoded.toString("base64") !== bytes) throw invalid(`${at}.bytes`, "must be base64.");
    return { codec: codec.bytes, data: Uint8Array.from(decoded) };
  }

  #at(name: string): string {
    return `${this.#path}.${name}`;
  }
}
