import { HoldfastError } from "../../contract/index.js";

/** An identifier of SQL, quoted. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text of SQL, quoted, for statements that take no parameters. Whatever `standard_conforming_strings` is. */
export function quoteText(text: string): string {
  const quoted = text.replaceAll("'", "''");
  return quoted.includes("\\") ? `E'${quoted.replaceAll("\\", "\\\\")}'` : `'${quoted}'`;
}

/** Names of schemas and roles that are surely the same wherever they are written, and need no more than 63 bytes. */
const plainName = /^[a-z_][a-z0-9_]{0,62}$/;

export function checkName(name: string, path: string): string {
  if (plainName.test(name)) return name;
  throw new HoldfastError(
    "INVALID_ARGUMENT",
    `${path} must be a name of lower-case letters, digits and _, of at most 63; got ${JSON.stringify(name)}.`,
    { details: { path } },
  );
}

/**
 * Statements are written with `@table` for a table of the store's schema, and `@schema` for the schema itself. This puts
 * names in their place, once for each statement.
 */
export class SchemaNames {
  readonly schema: string;
  readonly #prefix: string;
  readonly #known = new Map<string, string>();

  constructor(schema: string) {
    this.schema = schema;
    this.#prefix = `${quoteName(schema)}.`;
  }

  in(sql: string): string {
    let known = this.#known.get(sql);
    if (known === undefined) {
      known = sql.replaceAll(/@schema\b/g, quoteName(this.schema)).replaceAll(/@(?=[a-z_])/g, this.#prefix);
      this.#known.set(sql, known);
    }
    return known;
  }
}
