import { loadModule, parseSync } from "libpg-query";

/** A node of the tree that Postgres makes of SQL: its fields. */
export type Node = Readonly<Record<string, unknown>>;

/** A node with the name of what it is, such as `SelectStmt`. */
export type Named = readonly [kind: string, node: Node];

await loadModule();

/** The statements in a text, each with its kind. Throws where Postgres would refuse the text. */
export function statementsIn(sql: string): readonly Named[] {
  const { stmts = [] } = parseSync(sql) as { readonly stmts?: readonly { readonly stmt: Node }[] };
  return stmts.map(({ stmt }) => named(stmt));
}

/** The node in a wrapper such as `{ SelectStmt: { … } }`. */
export function named(wrapper: unknown): Named {
  const [entry] = Object.entries((wrapper ?? {}) as Node);
  return [entry?.[0] ?? "", (entry?.[1] ?? {}) as Node];
}

/** A node, and all below it. */
export function* nodesIn(kind: string, node: Node): Generator<Named> {
  yield [kind, node];
  for (const [field, value] of Object.entries(node)) yield* nodesBelow(kind, field, value);
}

function* nodesBelow(kind: string, field: string, value: unknown): Generator<Named> {
  if (Array.isArray(value)) {
    for (const each of value) yield* nodesBelow(kind, field, each);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  if (/^[A-Z]/.test(Object.keys(value)[0] ?? "")) yield* nodesIn(...named(value));
  else yield* nodesIn(kindOfField(kind, field), value as Node);
}

/** What a field holds that always holds the same, and so has no name in the tree. */
function kindOfField(kind: string, field: string): string {
  if (kind === "SelectStmt" && (field === "larg" || field === "rarg")) return "SelectStmt";
  return { relation: "RangeVar", onConflictClause: "OnConflictClause", typeName: "TypeName" }[field] ?? field;
}

/** All nodes of a kind, in a node and below it. */
export function ofKind(within: Named, kind: string): readonly Node[] {
  return [...nodesIn(...within)].filter(([each]) => each === kind).map(([, node]) => node);
}

/** The nodes in a field that is a list. */
export function list(node: Node, field: string): readonly Named[] {
  return ((node[field] ?? []) as readonly unknown[]).map(named);
}

/** The texts in a list, such as the parts of a name; `*` for a star. */
export function texts(node: Node, field: string): readonly string[] {
  return list(node, field).map(([kind, each]) => (kind === "A_Star" ? "*" : ((each["sval"] as string) ?? "")));
}

/** The last part of the name of the function that is called. */
export function functionName(call: Node): string {
  return texts(call, "funcname").at(-1) ?? "";
}
