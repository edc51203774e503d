/** As much of JSON Schema as the OpenAPI document of the server uses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly propertyNames?: Schema;
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** The schemas of a document, and what they say of values. */
export class Schemas {
  readonly #named: Readonly<Record<string, Schema>>;

  constructor(named: Readonly<Record<string, Schema>>) {
    this.#named = named;
  }

  /** What a reference leads to. */
  resolved(schema: Schema): Schema {
    const name = schema.$ref?.split("/").at(-1);
    return name === undefined ? schema : this.resolved(this.#named[name] as Schema);
  }

  /** Whether a value is of this schema. Lengths are in characters: the server's own bounds are in bytes, and narrower. */
  accepts(given: Schema, value: unknown): boolean {
    const schema = this.resolved(given);
    const forms = schema.oneOf ?? schema.anyOf;
    if (forms !== undefined) return forms.some((form) => this.accepts(form, value));
    if ("const" in schema) return value === schema.const;
    if (schema.enum !== undefined) return schema.enum.includes(value);
    const { type } = schema;
    if (type !== undefined && ![type].flat().some((one) => isOfType(one, value))) return false;
    if (typeof value === "string") return fitsText(schema, value);
    if (typeof value === "number")
      return value >= (schema.minimum ?? -Infinity) && value <= (schema.maximum ?? Infinity);
    if (Array.isArray(value)) return this.#fitsItems(schema, value);
    return typeof value !== "object" || value === null || this.#fitsFields(schema, value);
  }

  /** A small value of this schema. */
  sample(given: Schema): unknown {
    const schema = this.resolved(given);
    const form = (schema.oneOf ?? schema.anyOf)?.[0];
    if (form !== undefined) return this.sample(form);
    if ("const" in schema) return schema.const;
    if (schema.enum !== undefined) return schema.enum[0];
    switch ([schema.type].flat()[0]) {
      case "object": {
        const fields = schema.required ?? [];
        return Object.fromEntries(fields.map((name) => [name, this.sample(schema.properties?.[name] ?? {})]));
      }
      case "array":
        if (schema.prefixItems !== undefined) return schema.prefixItems.map((item) => this.sample(item));
        return (schema.minItems ?? 0) > 0 && schema.items !== undefined ? [this.sample(schema.items)] : [];
      case "string":
        return schema.pattern?.includes("0-9a-f") === true ? "0".repeat(64) : "1";
      case "integer":
      case "number":
        return Math.max(schema.minimum ?? 1, Math.min(1, schema.maximum ?? 1));
      case "boolean":
        return true;
      default:
        return null;
    }
  }

  #fitsItems(schema: Schema, value: readonly unknown[]): boolean {
    if (value.length < (schema.minItems ?? 0) || value.length > (schema.maxItems ?? Infinity)) return false;
    const { prefixItems, items } = schema;
    if (prefixItems !== undefined) {
      return (
        value.length === prefixItems.length && prefixItems.every((item, index) => this.accepts(item, value[index]))
      );
    }
    return items === undefined || value.every((item) => this.accepts(items, item));
  }

  #fitsFields(schema: Schema, value: object): boolean {
    if (schema.required?.some((name) => !Object.hasOwn(value, name)) === true) return false;
    return Object.entries(value).every(([name, field]) => {
      if (schema.propertyNames !== undefined && !this.accepts(schema.propertyNames, name)) return false;
      const own = Object.hasOwn(schema.properties ?? {}, name) ? schema.properties?.[name] : undefined;
      if (own !== undefined) return this.accepts(own, field);
      const rest = schema.additionalProperties;
      return typeof rest === "object" ? this.accepts(rest, field) : rest !== false;
    });
  }
}

function fitsText({ minLength = 0, maxLength = Infinity, pattern }: Schema, text: string): boolean {
  const { length } = Array.from(text);
  return length >= minLength && length <= maxLength && (pattern === undefined || new RegExp(pattern, "u").test(text));
}

function isOfType(type: string, value: unknown): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}
