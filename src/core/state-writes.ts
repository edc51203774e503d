import { limits } from "../contract/index.js";
import type { StateSnapshot, StateSource } from "../contract/index.js";
import {
  describe,
  epochMs,
  flag,
  fraction,
  identifier,
  invalid,
  oneOf,
  optional,
  propertyPath,
  record,
} from "./arguments.js";
import { encode, encodeObject, sizeOf } from "./codec.js";
import { deletion, expecting, withoutAbsent } from "./messages-writes.js";
import type { JsonText, StateResult, UpsertState } from "./operations.js";
import { checkOwnUser } from "./own-user.js";
import { lookUp } from "./prepared.js";
import type { LookUp, Options, Prepared, Surroundings, ValueLimits } from "./prepared.js";
import { toSnapshot } from "./present.js";

/** The writes of `StateStore`, from the caller's arguments to operations. Each throws where an argument is wrong. */

export const sources: readonly StateSource[] = ["self_report", "inferred", "mixed"];

export const upsertOptions = ["expectedRevision", "ifNewer"] as const;

export const snapshotFields: readonly string[] = ["userId", "source", "confidence", "axes", "data", "updatedAt"];

export function prepareUpsertLatest(around: Surroundings, input: unknown, options: Options): Prepared<StateSnapshot> {
  const snapshot = record(input, "snapshot", snapshotFields);
  const operation: UpsertState = withoutAbsent({
    kind: "state.upsertLatest" as const,
    userId: checkOwnUser(around, identifier(snapshot.userId, "snapshot.userId"), "snapshot.userId"),
    source: oneOf(snapshot.source, "snapshot.source", sources),
    confidence: optional(snapshot.confidence, "snapshot.confidence", fraction) ?? 1,
    axes: optional(snapshot.axes, "snapshot.axes", (value, path) => axes(around, value, path)),
    data: optional(snapshot.data, "snapshot.data", (value, path) => encode(value, path, around.maxValueBytes)),
    updatedAt: optional(snapshot.updatedAt, "snapshot.updatedAt", epochMs),
    ifNewer: optional(options.ifNewer, "options.ifNewer", flag) ?? false,
    ...expecting(options),
  });
  return {
    operation,
    compared: operation,
    bytes: sizeOf(operation.axes) + sizeOf(operation.data),
    present: (result: StateResult) => toSnapshot(result.existing ?? { ...operation, ...result }),
    lookUp: lookUpSnapshot,
  };
}

export function prepareDeleteState(userId: unknown, options: Options): Prepared<boolean> {
  return deletion({ kind: "state.delete", userId: identifier(userId, "userId"), ...expecting(options) });
}

export function axes(around: ValueLimits, value: unknown, path: string): JsonText | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid(path, `must be an object of numbers from 0 to 1; got ${describe(value)}.`);
  }
  const given = Object.entries(value).filter(([, number]) => number !== undefined);
  for (const [name, number] of given) {
    const at = propertyPath(path, name);
    if (!/^[a-z0-9]([a-z0-9_]*[a-z0-9])?$/.test(name)) {
      throw invalid(at, "is not an axis name: use a to z, 0 to 9 and _, with no _ at an end.");
    }
    if (name.length > limits.axisNameBytes) {
      throw invalid(at, `is too long for an axis name: the limit is ${limits.axisNameBytes} bytes.`, {
        limit: limits.axisNameBytes,
        size: name.length,
      });
    }
    fraction(number, at);
  }
  const text = encodeObject(value, path, around.maxValueBytes);
  return text === "{}" ? undefined : text;
}

export function lookUpSnapshot(result: StateResult): LookUp<StateSnapshot> | undefined {
  if (typeof result !== "object" || typeof result.userId !== "string") return undefined;
  const query = { kind: "state.getLatest", userId: result.userId, atRevision: result.revision } as const;
  return lookUp(query, (row) => (row?.revision === result.revision ? toSnapshot(row) : undefined));
}
