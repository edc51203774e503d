import { list, named, statementsIn, texts } from "./sql-tree.js";
import type { Node } from "./sql-tree.js";

/** What the rules have to know of a table. */
export interface Table {
  /** The column that says whose a row is; `undefined` where it is nobody's. */
  readonly tenant: string | undefined;
  readonly key: readonly string[];
}

/** By name, without the schema. */
export type TablesByName = ReadonlyMap<string, Table>;

/** A tenant's erasures are noted under the key that they are kept under, which is a `tenant_id` of that table. */
export const tenantColumns: readonly string[] = ["tenant_id", "erasures_key"];

/** The tables that the statements of a migration make. */
export function tablesMadeBy(steps: readonly string[]): TablesByName {
  const made = steps.flatMap(statementsIn).filter(([kind, node]) => kind === "CreateStmt" && !("partbound" in node));
  return new Map(
    made.map(([, node]) => [
      (node["relation"] as { readonly relname: string }).relname,
      { tenant: columnsOf(node).find((column) => tenantColumns.includes(column)), key: keyOf(node) },
    ]),
  );
}

function columnsOf(table: Node): readonly string[] {
  return list(table, "tableElts")
    .filter(([kind]) => kind === "ColumnDef")
    .map(([, column]) => String(column["colname"]));
}

function keyOf(table: Node): readonly string[] {
  for (const [kind, element] of list(table, "tableElts")) {
    const constraints = kind === "Constraint" ? [element] : list(element, "constraints").map(([, each]) => each);
    const primary = constraints.find((each) => each["contype"] === "CONSTR_PRIMARY");
    if (primary !== undefined) return kind === "Constraint" ? texts(primary, "keys") : [String(element["colname"])];
  }
  return [];
}

/** Whether it is a table of the store: those of the server's catalog, and what a `WITH` makes, are named without a schema. */
export function isStored(range: Node): boolean {
  return typeof range["schemaname"] === "string" && range["schemaname"] !== "pg_catalog";
}

/** The tables in a `FROM`, and what is said of them in its joins. */
export function rangesOf(from: readonly unknown[]): {
  readonly ranges: readonly Node[];
  readonly joined: readonly unknown[];
  readonly using: readonly string[];
} {
  const parts = from.map((each) => {
    const [kind, node] = named(each);
    if (kind === "RangeVar") return { ranges: isStored(node) ? [node] : [], joined: [], using: [] };
    if (kind !== "JoinExpr") return { ranges: [], joined: [], using: [] };
    const sides = rangesOf([node["larg"], node["rarg"]]);
    const quals = node["quals"] === undefined ? [] : [node["quals"]];
    return { ...sides, joined: [...sides.joined, ...quals], using: [...sides.using, ...texts(node, "usingClause")] };
  });
  return {
    ranges: parts.flatMap(({ ranges }) => ranges),
    joined: parts.flatMap(({ joined }) => joined),
    using: parts.flatMap(({ using }) => using),
  };
}
