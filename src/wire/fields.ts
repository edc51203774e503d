import { z } from "zod";
import { limits } from "../contract/index.js";
import { described, named, userJson } from "./schema.js";
import { fromEnvelope, isEnvelope } from "./values.js";

/**
 * The schemas of single fields. What they bound is also in the document, where a length counts characters; the core checks
 * again, in UTF-8 bytes.
 */

/** The last instant that a `Date` can hold. */
const lastInstant = 8_640_000_000_000_000;

/** The longest time that a caller may name: with it, any instant is still a safe integer. */
const longestMs = lastInstant / 2;

const withoutNul = String.raw`^[^\u0000]*$`;

export function identifier(description: string, maxBytes: number = limits.idBytes): z.ZodType {
  return described(z.string().min(1).max(maxBytes), description, { pattern: withoutNul });
}

export function tenantId(description: string): z.ZodType {
  return identifier(description, limits.tenantIdBytes);
}

export function key(description: string): z.ZodType {
  return identifier(description, limits.keyBytes);
}

export function text(description: string, maxBytes: number): z.ZodType {
  return described(z.string().max(maxBytes), description);
}

export function epochMs(description: string): z.ZodType {
  return described(z.int().min(-lastInstant).max(lastInstant), description);
}

export function durationMs(description: string, min: number = 1): z.ZodType {
  return described(z.int().min(min).max(longestMs), description);
}

export function integer(description: string, min: number, max: number = Number.MAX_SAFE_INTEGER): z.ZodType {
  return described(z.int().min(min).max(max), description);
}

export function fraction(description: string): z.ZodType {
  return described(z.number().min(0).max(1), description);
}

export function flag(description: string): z.ZodType {
  return described(z.boolean(), description);
}

export function oneOf(description: string, values: readonly [string, ...string[]]): z.ZodType {
  return described(z.enum(values), description);
}

export const namespace: z.ZodType = named(
  "Namespace",
  "Addresses a group of keys: 0 to 16 segments, outermost first, up to 384 bytes with one for each segment.",
  z
    .array(described(z.string().max(limits.namespaceBytes - 1), "A segment; it may be empty.", { pattern: withoutNul }))
    .max(limits.namespaceSegments),
);

/** A value in its envelope, as answers have it. */
export const envelope: z.ZodType = named(
  "Value",
  "A value: any JSON, or bytes in base64.",
  z.custom(isEnvelope, 'must be a value in its envelope: { "json": … }, or { "bytes": "<base64>" }'),
  {
    oneOf: [
      {
        type: "object",
        properties: { json: { description: "Any JSON, as it is." } },
        required: ["json"],
        additionalProperties: false,
      },
      {
        type: "object",
        properties: { bytes: { type: "string", contentEncoding: "base64", description: "Bytes in base64." } },
        required: ["bytes"],
        additionalProperties: false,
      },
    ],
  },
);

/** A value in its envelope, as bodies have it: parsed, it is the value. */
export function value(description: string): z.ZodType {
  return described(takenOut(), description);
}

/** The same where `null` clears it. */
export function valueOrNull(description: string): z.ZodType {
  return described(z.nullable(takenOut()), description);
}

function takenOut(): z.ZodType {
  return (envelope as z.ZodType<never>).transform((given, context) => {
    const value = fromEnvelope(given);
    if (value === undefined) {
      context.issues.push({ code: "custom", input: given, path: ["bytes"], message: "must be base64" });
    }
    return value;
  });
}

export function metadata(description: string, type: "object" | readonly ["object", "null"] = "object"): z.ZodType {
  return userJson(description, { type });
}

export function parts(description: string, type: "array" | readonly ["array", "null"] = "array"): z.ZodType {
  const item = { type: "object", properties: { type: { type: "string" } }, required: ["type"] };
  return userJson(description, { type, items: item });
}

export function axes(description: string): z.ZodType {
  return userJson(description, {
    type: "object",
    propertyNames: { pattern: "^[a-z0-9]([a-z0-9_]*[a-z0-9])?$", maxLength: limits.axisNameBytes },
    additionalProperties: { type: "number", minimum: 0, maximum: 1 },
  });
}
