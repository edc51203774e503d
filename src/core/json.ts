import { limits } from "../contract/index.js";
import { describe, invalid, propertyPath, tooLarge } from "./arguments.js";

/**
 * The JSON text of a value, which must be JSON that comes back as it is.
 *
 * `undefined` properties are left out and `-0` becomes `0`, as in `JSON.stringify`. Everything that `JSON.stringify` would
 * drop or convert in silence is refused with `INVALID_ARGUMENT` and its path.
 */
export function jsonText(value: unknown, path: string): string {
  if (!isJson(value, 0)) refuse(value, path, 0, []);
  return JSON.stringify(value);
}

function isJson(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return Number.isFinite(value);
    case "object":
      if (value === null) return true;
      if (depth === limits.valueDepth) return false;
      return Array.isArray(value) ? isJsonArray(value, depth) : isJsonObject(value, depth);
    default:
      return false;
  }
}

function isJsonArray(value: readonly unknown[], depth: number): boolean {
  if (!isBareArray(value)) return false;
  for (const item of value) if (!isJson(item, depth + 1)) return false;
  return true;
}

function isJsonObject(value: object, depth: number): boolean {
  if (!isPlainObject(value) || hasHiddenFields(value)) return false;
  for (const name of Object.keys(value)) {
    const item = (value as Record<string, unknown>)[name];
    if (item !== undefined && !isJson(item, depth + 1)) return false;
  }
  return true;
}

/** True for `{…}` and `Object.create(null)`, also from another realm. */
export function isPlainObject(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === Object.prototype || prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "hasOwnProperty");
}

function isBareArray(value: readonly unknown[]): boolean {
  return !hasToJson(value) && Object.keys(value).length === value.length;
}

function hasHiddenFields(value: object): boolean {
  return hasToJson(value) || Object.getOwnPropertySymbols(value).length > 0;
}

function hasToJson(value: object): boolean {
  return typeof (value as { toJSON?: unknown }).toJSON === "function";
}

/** Walks again, slowly, to say what is wrong and where. Always throws. */
function refuse(value: unknown, path: string, depth: number, ancestors: readonly object[]): void {
  if (typeof value !== "object" || value === null) {
    if (!isJson(value, depth)) throw invalid(path, `cannot be stored as JSON: it is ${describe(value)}.`);
    return;
  }
  if (ancestors.includes(value)) throw invalid(path, "cannot be stored as JSON: it contains itself.");
  if (value instanceof Uint8Array)
    throw invalid(path, "cannot be bytes: a Uint8Array is stored only as the whole value.");
  if (hasToJson(value)) throw invalid(path, `cannot be stored as JSON: it is ${describe(value)}, which has a toJSON.`);
  if (depth === limits.valueDepth) throw tooLarge(path, "levels of nesting", limits.valueDepth, limits.valueDepth + 1);
  const inside = [...ancestors, value];
  if (Array.isArray(value)) refuseInArray(value, path, depth, inside);
  else refuseInObject(value, path, depth, inside);
}

function refuseInArray(value: readonly unknown[], path: string, depth: number, ancestors: readonly object[]): void {
  for (let index = 0; index < value.length; index++) {
    if (!(index in value)) throw invalid(`${path}[${index}]`, "cannot be stored as JSON: the array has a hole here.");
    refuse(value[index], `${path}[${index}]`, depth + 1, ancestors);
  }
  if (!isBareArray(value)) throw invalid(path, "cannot be stored as JSON: the array has named properties.");
}

function refuseInObject(value: object, path: string, depth: number, ancestors: readonly object[]): void {
  if (!isPlainObject(value))
    throw invalid(path, `cannot be stored as JSON: it is ${describe(value)}, not a plain object.`);
  if (hasHiddenFields(value)) throw invalid(path, "cannot be stored as JSON: it has a property named by a symbol.");
  for (const [name, item] of Object.entries(value)) {
    if (item !== undefined) refuse(item, propertyPath(path, name), depth + 1, ancestors);
  }
}
