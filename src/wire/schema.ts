import { z } from "zod";

/** What the OpenAPI document says of a schema besides what zod knows. One with an `id` is a component of its own. */
interface Keywords {
  readonly id?: string;
  readonly description?: string;
  readonly [keyword: string]: unknown;
}

/** Every schema of the wire that says something of itself. Our own, so that an application's own zod schemas meet none of them. */
export const registry: z.core.$ZodRegistry<Keywords> = z.registry<Keywords>();

/** A schema for every field of `T`: one that is missing, or too many, does not compile. */
export type Fields<T> = { readonly [K in keyof T]-?: z.ZodType };

/** A schema by the name of each field, in their order. */
export type Shape = Readonly<Record<string, z.ZodType>>;

/** Says what a schema is for, in the document, with more keywords of JSON Schema where zod does not make them. */
export function described<S extends z.ZodType>(
  schema: S,
  description: string,
  keywords: Readonly<Record<string, unknown>> = {},
): S {
  registry.add(schema, { description, ...keywords });
  return schema;
}

/** Makes a schema a component of the document, which others refer to. */
export function named<S extends z.ZodType>(
  id: string,
  description: string,
  schema: S,
  keywords: Readonly<Record<string, unknown>> = {},
): S {
  registry.add(schema, { id, description, ...keywords });
  return schema;
}

/** An object that a caller gives: a field that is not known is refused. */
export function given<T>(fields: Fields<T>): z.ZodType {
  return z.strictObject(fields);
}

/** An object that the server makes. A later release may add fields. */
export function made<T>(fields: Fields<T>): z.ZodType {
  return z.object(fields);
}

/**
 * A caller's own JSON, handed on by reference. zod must not copy it: a copy would lose a key `__proto__`. The keywords are for
 * the document; the core checks it, to any depth.
 */
export function userJson(description: string, keywords: Readonly<Record<string, unknown>>): z.ZodType {
  return described(z.unknown(), description, keywords);
}
