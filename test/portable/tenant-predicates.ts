import { list, named, nodesIn, texts } from "./sql-tree.js";
import type { Named, Node } from "./sql-tree.js";
import { isStored, rangesOf } from "./tables.js";
import type { TablesByName } from "./tables.js";

/** The tables in a statement that say nothing of their tenant, and the parameters that the others take it from. */
export interface Tenancy {
  readonly without: readonly string[];
  readonly parameters: ReadonlySet<number>;
}

/** A tenant must be named beside each table, in the same `SELECT` or change: not in another one around it. */
export function tenancyOf(statement: Named, tables: TablesByName): Tenancy {
  const parts = [...nodesIn(...statement)].map(([kind, node]) => {
    if (kind === "SelectStmt") return ofRanges(tables, rawList(node, "fromClause"), node["whereClause"]);
    if (kind === "UpdateStmt")
      return ofRanges(tables, [...target(node), ...rawList(node, "fromClause")], node["whereClause"]);
    if (kind === "DeleteStmt")
      return ofRanges(tables, [...target(node), ...rawList(node, "usingClause")], node["whereClause"]);
    return kind === "InsertStmt" ? ofInsert(tables, node) : nothing;
  });
  return {
    without: parts.flatMap(({ without }) => without),
    parameters: new Set(parts.flatMap(({ parameters }) => [...parameters])),
  };
}

const nothing: Tenancy = { without: [], parameters: new Set() };

function rawList(node: Node, field: string): readonly unknown[] {
  return (node[field] ?? []) as readonly unknown[];
}

function target(node: Node): readonly unknown[] {
  return [{ RangeVar: node["relation"] }];
}

function ofRanges(tables: TablesByName, from: readonly unknown[], where: unknown): Tenancy {
  const { ranges, joined, using } = rangesOf(from);
  const conditions = [...joined, where].flatMap(conjuncts);
  const found = ranges.flatMap((range) => {
    const table = nameOf(range);
    const column = tables.get(table)?.tenant;
    if (column === undefined) return [];
    // An unqualified name is that of the only table.
    const names = [`${aliasOf(range)}.${column}`, ...(ranges.length === 1 ? [column] : [])];
    const parameters = conditions.map((each) => parameterFor(each, names)).filter((each) => each !== undefined);
    return [{ table, parameters, isShared: using.includes(column) }];
  });
  const isNamed = found.some(({ parameters }) => parameters.length > 0);
  const without = found.filter(({ parameters, isShared }) => parameters.length === 0 && !(isShared && isNamed));
  return {
    without: without.map(({ table }) => table),
    parameters: new Set(found.flatMap(({ parameters }) => parameters)),
  };
}

function nameOf(range: Node): string {
  return String(range["relname"]);
}

function aliasOf(range: Node): string {
  const alias = range["alias"] as { readonly aliasname?: string } | undefined;
  return alias?.aliasname ?? nameOf(range);
}

/** The conditions that all must hold. */
function conjuncts(condition: unknown): readonly Named[] {
  if (condition === undefined) return [];
  const [kind, node] = named(condition);
  if (kind === "BoolExpr" && node["boolop"] === "AND_EXPR") return rawList(node, "args").flatMap(conjuncts);
  return [[kind, node]];
}

/** The number of the parameter that a condition compares a column of one of these names with. */
function parameterFor([kind, node]: Named, names: readonly string[]): number | undefined {
  if (kind !== "A_Expr" || node["kind"] !== "AEXPR_OP" || texts(node, "name")[0] !== "=") return undefined;
  const [leftKind, left] = named(node["lexpr"]);
  const [rightKind, right] = named(node["rexpr"]);
  if (leftKind !== "ColumnRef" || rightKind !== "ParamRef") return undefined;
  return names.includes(texts(left, "fields").join(".")) ? (right["number"] as number) : undefined;
}

function ofInsert(tables: TablesByName, node: Node): Tenancy {
  const range = (node["relation"] ?? {}) as Node;
  const column = isStored(range) ? tables.get(nameOf(range))?.tenant : undefined;
  if (column === undefined) return nothing;
  const at = list(node, "cols").findIndex(([, each]) => each["name"] === column);
  const rows = rowsOf(node);
  const values = rows.map((row) => named(row[at]));
  const isGiven = at !== -1 && values.length > 0 && values.every(([kind]) => kind === "ParamRef");
  if (!isGiven) return { without: [nameOf(range)], parameters: new Set() };
  return { without: [], parameters: new Set(values.map(([, value]) => value["number"] as number)) };
}

/** What is inserted: the values of each row, or what a `SELECT` gives. */
function rowsOf(insert: Node): readonly (readonly unknown[])[] {
  const [, select] = named(insert["selectStmt"]);
  const values = list(select, "valuesLists");
  if (values.length > 0) return values.map(([, row]) => rawList(row, "items"));
  return [list(select, "targetList").map(([, each]) => each["val"])];
}
