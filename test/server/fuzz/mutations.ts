import { naughtyStrings } from "../../support/naughty-strings.js";
import type { Schema, Schemas } from "./schema.js";

/** Values of every type, and what programs take for other values. */
const anything: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  "",
  "x",
  "NaN",
  [],
  [[]],
  {},
  { json: { json: 1 } },
  JSON.parse('{"__proto__":{"admin":true}}'),
  { constructor: { prototype: { admin: true } } },
  nested(150),
];

/** Changes values of a schema in every place, in every way that a caller may get wrong or mean ill. Deterministic. */
export class Mutations {
  readonly #schemas: Schemas;
  #naughty = 0;

  constructor(schemas: Schemas) {
    this.#schemas = schemas;
  }

  /** All that become of `value` by one change. `value` is of the schema; what it leaves out is put in, and changed too. */
  *of(given: Schema, value: unknown): Generator {
    const schema = this.#schemas.resolved(given);
    const forms = schema.oneOf ?? schema.anyOf;
    yield* anything;
    if (forms !== undefined) {
      for (const form of forms) {
        const own = this.#schemas.accepts(form, value) ? value : this.#schemas.sample(form);
        yield own;
        for (const changed of this.#inside(this.#schemas.resolved(form), own)) yield changed;
      }
    } else yield* this.#inside(schema, value);
  }

  *#inside(schema: Schema, value: unknown): Generator {
    if (schema.oneOf !== undefined || schema.anyOf !== undefined) yield* this.of(schema, value);
    else if (Array.isArray(value)) yield* this.#ofArray(schema, value);
    else if (typeof value === "object" && value !== null) yield* this.#ofObject(schema, value as Fields);
    else if (typeof value === "string") yield* this.#ofText(schema, value);
    else if (typeof value === "number") {
      for (const bound of [schema.minimum, schema.maximum])
        if (bound !== undefined) yield* [bound - 1, bound, bound + 1];
    }
  }

  *#ofObject(schema: Schema, value: Fields): Generator {
    yield { ...value, extra: 1 };
    yield JSON.parse(
      JSON.stringify(value).replace(/^\{(.)/, (_, next) => `{"__proto__":{}${next === "}" ? "" : ","}${next}`),
    );
    yield { ...value, constructor: 1 };
    for (const name of Object.keys(value))
      yield Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
    for (const [name, field] of Object.entries(schema.properties ?? {})) {
      const present = value[name] ?? this.#schemas.sample(field);
      for (const changed of this.of(field, present)) yield { ...value, [name]: changed };
    }
  }

  *#ofArray(schema: Schema, value: readonly unknown[]): Generator {
    yield [value];
    const item = value[0] ?? this.#schemas.sample(schema.items ?? schema.prefixItems?.[0] ?? {});
    if (schema.maxItems !== undefined) yield Array.from({ length: schema.maxItems + 1 }, () => item);
    yield [...value, null];
    const inside = schema.items ?? schema.prefixItems?.[0];
    if (inside !== undefined) for (const changed of this.of(inside, item)) yield [changed, ...value.slice(1)];
  }

  *#ofText(schema: Schema, value: string): Generator {
    const { maxLength = 100 } = schema;
    if (maxLength < 100_000) yield* ["x".repeat(maxLength), "x".repeat(maxLength + 1), "é".repeat(maxLength)];
    yield* [`${value}\u0000`, `${value}\ud800`, "__proto__", "../../x", "' OR '1'='1"];
    // All of them come up, each in some places.
    for (let n = 0; n < 4; n++) yield naughtyStrings[this.#naughty++ % naughtyStrings.length];
  }
}

type Fields = Readonly<Record<string, unknown>>;

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}
