import { HoldfastError, limits } from "../contract/index.js";
import type { ErrorDetails } from "../contract/index.js";

/** Checks of what callers pass, each of which returns the checked value or throws `INVALID_ARGUMENT` with its path. */

export function invalid(path: string, problem: string, details: ErrorDetails = {}): HoldfastError {
  return new HoldfastError("INVALID_ARGUMENT", `${path} ${problem}`, { details: { path, ...details } });
}

export function tooLarge(path: string, what: string, limit: number, size: number): HoldfastError {
  return new HoldfastError("TOO_LARGE", `${path} is too large: ${size} ${what}, and the limit is ${limit}.`, {
    details: { path, limit, size },
  });
}

/** A non-empty well-formed string without NUL, of at most `maxBytes` bytes. */
export function identifier(value: unknown, path: string, maxBytes: number = limits.idBytes): string {
  const text = plainString(value, path);
  if (text === "") throw invalid(path, "must not be empty.");
  if (exceedsBytes(text, maxBytes)) throw tooLong(path, maxBytes, Buffer.byteLength(text));
  return text;
}

export function key(value: unknown, path: string): string {
  return identifier(value, path, limits.keyBytes);
}

/** The beginning of a key: as a key, but it may be empty. */
export function keyPrefix(value: unknown, path: string): string {
  return value === "" ? "" : key(value, path);
}

export function namespace(value: unknown, path: string): readonly string[] {
  if (!Array.isArray(value))
    throw invalid(path, `must be an array of strings, such as ["prefs", "u1"]; got ${describe(value)}.`);
  if (value.length > limits.namespaceSegments) {
    throw invalid(path, `has ${value.length} segments, and the limit is ${limits.namespaceSegments}.`, {
      limit: limits.namespaceSegments,
      size: value.length,
    });
  }
  const segments = Array.from(value as unknown[], (segment, index) => plainString(segment, `${path}[${index}]`));
  const bytes = segments.reduce((sum, segment) => sum + Buffer.byteLength(segment) + 1, 0);
  if (bytes > limits.namespaceBytes) throw tooLong(path, limits.namespaceBytes, bytes);
  return segments;
}

export function integer(value: unknown, path: string, min: number, max: number = Number.MAX_SAFE_INTEGER): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < min || value > max) {
    const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
    throw invalid(path, `must be an integer ${range}; got ${describe(value)}.`);
  }
  return value === 0 ? 0 : value;
}

/** The instants that a `Date` can hold, as integer milliseconds. */
const lastInstant = 8_640_000_000_000_000;

export function epochMs(value: unknown, path: string): number {
  if (value instanceof Date) throw invalid(path, "must be epoch milliseconds, not a Date: pass date.getTime().");
  return integer(value, path, -lastInstant, lastInstant);
}

/** A number from 0 to 1. */
export function fraction(value: unknown, path: string): number {
  if (typeof value !== "number" || !(value >= 0 && value <= 1)) {
    throw invalid(path, `must be a number from 0 to 1; got ${describe(value)}.`);
  }
  return value === 0 ? 0 : value;
}

export function flag(value: unknown, path: string): boolean {
  if (typeof value !== "boolean") throw invalid(path, `must be true or false; got ${describe(value)}.`);
  return value;
}

export function oneOf<const T extends string>(value: unknown, path: string, allowed: readonly T[]): T {
  if (!allowed.includes(value as T)) {
    throw invalid(
      path,
      `must be one of ${allowed.map((name) => JSON.stringify(name)).join(", ")}; got ${describe(value)}.`,
    );
  }
  return value as T;
}

/** An object with no other fields than `fields`. */
export function record(value: unknown, path: string, fields: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid(path, `must be an object; got ${describe(value)}.`);
  }
  for (const name of Object.keys(value)) {
    if (!fields.includes(name)) {
      throw invalid(propertyPath(path, name), `is not known. Known here: ${fields.join(", ")}.`);
    }
  }
  return value as Readonly<Record<string, unknown>>;
}

/** The last parameter of a method: absent, or an object with no other fields than `fields`. */
export function optionsOf(value: unknown, fields: readonly string[]): Readonly<Record<string, unknown>> {
  return value === undefined ? none : record(value, "options", fields);
}

const none: Readonly<Record<string, unknown>> = Object.freeze({});

export function optional<T>(value: unknown, path: string, check: (value: unknown, path: string) => T): T | undefined {
  return value === undefined ? undefined : check(value, path);
}

/** `path.name`, or `path["na me"]` where the name is not a plain one. */
export function propertyPath(path: string, name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}

/** What a value is, in a few words that never quote content. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "number" || typeof value === "boolean" || value === undefined) return String(value);
  if (typeof value === "string")
    return value.length <= 40 ? JSON.stringify(value) : `a string of ${value.length} characters`;
  if (Array.isArray(value)) return "an array";
  if (typeof value !== "object") return `a ${typeof value}`;
  const name = (Object.getPrototypeOf(value) as object | null)?.constructor?.name;
  return name === undefined || name === "Object" ? "an object" : `a ${name}`;
}

function plainString(value: unknown, path: string): string {
  if (typeof value !== "string") throw invalid(path, `must be a string; got ${describe(value)}.`);
  if (value.includes("\0")) throw invalid(path, "must not contain NUL (U+0000).");
  if (!value.isWellFormed()) throw invalid(path, "must be well-formed Unicode; it has a lone surrogate.");
  return value;
}

function exceedsBytes(text: string, maxBytes: number): boolean {
  // A UTF-16 unit takes at most 3 bytes, so short strings need no counting.
  return text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes;
}

function tooLong(path: string, limit: number, size: number): HoldfastError {
  return invalid(path, `is too long: ${size} bytes, and the limit is ${limit}.`, { limit, size });
}
