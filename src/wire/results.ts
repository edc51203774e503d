import { z } from "zod";
import type { Page } from "../contract/index.js";
import { envelope } from "./fields.js";
import { described, made } from "./schema.js";
import { toEnvelope } from "./values.js";

/** What a method resolves with, on the wire. */
export interface Result {
  readonly schema: z.ZodType;
  /** The wire's form of what the method resolved with. Not called where that is `undefined`. */
  encode(result: never): unknown;
}

/** A result that is plain JSON in the contract too. */
export function plain(schema: z.ZodType): Result {
  return { schema, encode: asItIs };
}

/** A value, in its envelope. */
export const value: Result = { schema: envelope, encode: toEnvelope };

/** A record of which one field is a value: in an envelope, where the record has it. */
export function recordOf<Name extends string>(schema: z.ZodType, field: Name): Result {
  return {
    schema,
    encode: (record: Readonly<Record<Name, unknown>>) =>
      record[field] === undefined ? record : { ...record, [field]: toEnvelope(record[field]) },
  };
}

/** A result that may be absent. */
export function maybe(result: Result): Result {
  return { ...result, schema: result.schema.optional() };
}

/** Several of them in their order, `null` for one that is absent. */
export function several(item: Result, description: string): Result {
  return {
    schema: described(z.array(item.schema.nullable()), description),
    encode: (items: readonly unknown[]) => items.map((one) => (one === undefined ? null : encoded(item, one))),
  };
}

/** One page of a list. `more` is what the page says besides. */
export function page(item: Result, more: Readonly<Record<string, z.ZodType>> = {}): Result {
  return {
    schema: made<Page<unknown>>({
      items: z.array(item.schema),
      nextCursor: described(z.string(), "Pass it as cursor for the next page; absent on the last one.").optional(),
      ...more,
    }),
    encode: (given: Page<unknown>) => ({ ...given, items: given.items.map((one) => encoded(item, one)) }),
  };
}

export const yesOrNo: Result = plain(z.boolean());

/** Nothing: that the call succeeded is all there is. */
export const nothing: Result = plain(z.never().optional());

/** The wire's form of a result; `undefined` where it is absent. */
export function encoded(result: Result, given: unknown): unknown {
  return given === undefined ? undefined : result.encode(given as never);
}

function asItIs(result: unknown): unknown {
  return result;
}
