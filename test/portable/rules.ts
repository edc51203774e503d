import { functionName, list, named, nodesIn, ofKind, statementsIn, texts } from "./sql-tree.js";
import type { Named, Node } from "./sql-tree.js";
import { isStored, tenantColumns } from "./tables.js";
import type { TablesByName } from "./tables.js";
import { tenancyOf } from "./tenant-predicates.js";

/** A rule of SQL that Postgres, Citus, CockroachDB and YugabyteDB take, and understand in the same way. */
export interface PortableRule {
  readonly id: string;
  readonly says: string;
  /** What in a statement breaks it. */
  broken(statement: Named, tables: TablesByName): readonly string[];
}

export interface Broken {
  readonly rule: string;
  readonly what: string;
}

/** What breaks a rule in a text of SQL. */
export function broken(sql: string, tables: TablesByName): readonly Broken[] {
  return statementsIn(sql).flatMap((statement) =>
    rules.flatMap(({ id, broken }) => broken(statement, tables).map((what) => ({ rule: id, what }))),
  );
}

const changeKinds = ["InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"];
const queryKinds = [...changeKinds, "SelectStmt"];

function isQuery([kind]: Named): boolean {
  return queryKinds.includes(kind);
}

/** The changes in a statement, also those in its `WITH`. */
function changesIn(statement: Named): readonly Named[] {
  return [...nodesIn(...statement)].filter(([kind]) => changeKinds.includes(kind));
}

function tableOf([, change]: Named): string {
  return String((change["relation"] as Node)["relname"]);
}

function functionsIn(within: Named): readonly string[] {
  return ofKind(within, "FuncCall").map(functionName);
}

function operatorsIn(within: Named): readonly string[] {
  return ofKind(within, "A_Expr").flatMap((each) => [String(each["kind"]), ...texts(each, "name")]);
}

function among(found: readonly string[], refused: readonly string[]): readonly string[] {
  return found.filter((each) => refused.includes(each));
}

/** Tables, or types of columns, that a statement makes. */
function columnsMade(statement: Named): readonly Node[] {
  return ofKind(statement, "ColumnDef");
}

function typeOf(column: Node): string {
  return texts((column["typeName"] ?? {}) as Node, "names").at(-1) ?? "";
}

function constraintsMade(statement: Named): readonly Node[] {
  return ofKind(statement, "Constraint");
}

/** What gives the same whenever it is asked, so that Citus lets it into a change. */
const immutable = ["unnest", "count", "min", "max", "sum", "octet_length", "set_byte", "encode", "decode"];

const clocks = ["now", "clock_timestamp", "statement_timestamp", "transaction_timestamp", "timeofday"];
const chances = ["random", "gen_random_uuid", "uuidv4", "uuidv7"];

/** What `DO UPDATE SET` may be made of. */
const upsertKinds = new Set(
  [
    "A_Const",
    "ParamRef",
    "ColumnRef",
    "CoalesceExpr",
    "MinMaxExpr",
    "CaseExpr",
    "CaseWhen",
    "A_Expr",
    "BoolExpr",
  ].concat(["NullTest", "TypeCast", "TypeName", "String", "Integer", "ResTarget", "List"]),
);

export const rules: readonly PortableRule[] = [
  {
    id: "tenant-first",
    says: "The tenant comes first in every key and index, is text like every other, and is never null.",
    broken: (statement, tables) => [...keysWithoutTenant(statement), ...indexesWithoutTenant(statement, tables)],
  },
  {
    id: "tenant-named",
    says: "Every table of a statement has its tenant beside it, and all have the same.",
    broken(statement, tables) {
      const { without, parameters } = tenancyOf(statement, tables);
      return [...without, ...(parameters.size > 1 ? ["more than one tenant"] : [])];
    },
  },
  {
    id: "tenant-kept",
    says: "No row gets another tenant.",
    broken: (statement) =>
      ofKind(statement, "UpdateStmt")
        .concat(ofKind(statement, "OnConflictClause"))
        .flatMap((change) => list(change, "targetList").map(([, each]) => String(each["name"])))
        .filter((column) => tenantColumns.includes(column)),
  },
  {
    id: "own-ids",
    says: "Ids are made by the client: no sequences.",
    broken: (statement) => [
      ...among(functionsIn(statement), ["nextval", "currval", "lastval", "setval"]),
      ...among(columnsMade(statement).map(typeOf), ["serial", "bigserial", "smallserial"]),
      ...constraintsMade(statement).flatMap(({ contype }) => (contype === "CONSTR_IDENTITY" ? ["IDENTITY"] : [])),
    ],
  },
  {
    id: "own-time",
    says: "Time and chance are parameters.",
    broken: (statement) =>
      isQuery(statement)
        ? [
            ...among(functionsIn(statement), [...clocks, ...chances]),
            ...ofKind(statement, "SQLValueFunction").map(({ op }) => String(op)),
            ...ofKind(statement, "TypeName").flatMap((type) => among(texts(type, "names"), ["interval"])),
          ]
        : [],
  },
  {
    id: "immutable-changes",
    says: "A change calls immutable functions only.",
    broken: (statement) =>
      changesIn(statement).flatMap((change) => functionsIn(change).filter((name) => !immutable.includes(name))),
  },
  {
    id: "values-without-queries",
    says: "VALUES hold no queries: Citus refuses them in an INSERT.",
    broken: (statement) =>
      ofKind(statement, "InsertStmt").flatMap((insert) => {
        const [kind, select] = named(insert["selectStmt"]);
        const values: Named = [kind, { valuesLists: select["valuesLists"] ?? [] }];
        return ofKind(values, "SubLink").map(() => "a query in VALUES");
      }),
  },
  {
    id: "locks",
    says: "Rows are locked tenant by tenant, and never by advisory locks.",
    broken: (statement, tables) => [
      ...functionsIn(statement).filter((name) => /advisory_(xact_)?(un)?lock/.test(name)),
      ...(statement[0] === "LockStmt" ? ["LOCK TABLE"] : []),
      ...ofKind(statement, "SelectStmt").flatMap((select) => lockedWithoutTenant(select, tables)),
    ],
  },
  {
    id: "upsert",
    says: "An upsert names the whole primary key, and sets what was given, what was there, and what is made of both.",
    broken: (statement, tables) => ofKind(statement, "InsertStmt").flatMap((insert) => brokenUpsert(insert, tables)),
  },
  {
    id: "plain-statements",
    says: "Nothing that one of the engines has not.",
    broken: (statement) => [
      ...among([statement[0]], unknownElsewhere),
      ...ofKind(statement, "MergeStmt").map(() => "MERGE"),
      ...ofKind(statement, "ColumnRef").flatMap((column) => among(texts(column, "fields"), systemColumns)),
      ...ofKind(statement, "RangeVar").flatMap(({ relpersistence }) => (relpersistence === "t" ? ["TEMP"] : [])),
      ...ofKind(statement, "IndexStmt").flatMap(({ accessMethod, concurrent }) => [
        ...(accessMethod === "btree" ? [] : [String(accessMethod)]),
        ...(concurrent === true ? ["CONCURRENTLY"] : []),
      ]),
      ...constraintsMade(statement).flatMap(({ contype, deferrable }) => [
        ...among([String(contype)], ["CONSTR_EXCLUSION", "CONSTR_FOREIGN"]),
        ...(deferrable === true ? ["DEFERRABLE"] : []),
      ]),
      ...(Array.isArray(statement[1]["inhRelations"]) && statement[1]["partbound"] === undefined ? ["INHERITS"] : []),
    ],
  },
  {
    id: "no-notify",
    says: "Nobody is notified: the workers of Citus would not be.",
    broken: (statement) => [
      ...among([statement[0]], ["ListenStmt", "NotifyStmt", "UnlistenStmt"]),
      ...among(functionsIn(statement), ["pg_notify"]),
    ],
  },
  {
    id: "set-local",
    says: "Settings are set by SET LOCAL, which Citus can tell its workers.",
    broken: (statement) => [
      ...among(functionsIn(statement), ["set_config"]),
      ...(statement[0] === "VariableSetStmt" && statement[1]["is_local"] !== true ? ["SET"] : []),
    ],
  },
  {
    id: "leakproof",
    says: "What is searched for goes by operators that row-level security lets an index answer.",
    broken: (statement) => among(operatorsIn(statement), leaky),
  },
  {
    id: "no-collation",
    says: "Queries name no collation: CockroachDB has no COLLATE of columns.",
    broken: (statement) => (isQuery(statement) ? ofKind(statement, "CollateClause").map(() => "COLLATE") : []),
  },
  {
    id: "column-types",
    says: "Bodies are text, and integers are bigint.",
    broken: (statement) =>
      columnsMade(statement)
        .map(typeOf)
        .filter((type) => !["text", "int8", "int2", "bool", "bytea", "float8"].includes(type)),
  },
  {
    id: "no-division",
    says: "Nothing is divided: of integers, CockroachDB makes a decimal.",
    broken: (statement) => among(operatorsIn(statement), ["/"]),
  },
  {
    id: "copy-without-returning",
    says: "What is inserted from the same table is not returned: Citus looks for that table under a wrong name.",
    broken: (statement) =>
      ofKind(statement, "InsertStmt").flatMap((insert) => {
        const [kind, select] = named(insert["selectStmt"]);
        const sources = ofKind([kind, select], "RangeVar").map((range) => String(range["relname"]));
        const isReturned = list(insert, "returningList").length > 0 || insert["returningClause"] !== undefined;
        return isReturned && sources.includes(tableOf(["InsertStmt", insert])) ? ["RETURNING"] : [];
      }),
  },
  {
    id: "one-change-a-table",
    says: "A statement changes a table once: CockroachDB refuses a second change of it.",
    broken(statement) {
      const tables = changesIn(statement).map(tableOf);
      return tables.filter((table, index) => tables.indexOf(table) !== index);
    },
  },
];

const unknownElsewhere =
  "CreateTrigStmt RuleStmt DoStmt CallStmt CreateFunctionStmt TruncateStmt CreateSeqStmt CopyStmt"
    .split(" ")
    .concat("DeclareCursorStmt", "PrepareStmt", "ExecuteStmt");

const systemColumns = ["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"];

const leaky = ["AEXPR_LIKE", "AEXPR_ILIKE", "AEXPR_SIMILAR", "@>", "<@", "?", "?|", "?&", "~", "~*", "!~", "!~*", "@@"];

function keysWithoutTenant(statement: Named): readonly string[] {
  const [kind, node] = statement;
  if (kind !== "CreateStmt" || node["partbound"] !== undefined) return [];
  const tenant = columnsMade(statement).find((column) => tenantColumns.includes(String(column["colname"])));
  if (tenant === undefined) return [];
  const says = list(tenant, "constraints").map(([, each]) => each["contype"]);
  const collations = ofKind(["ColumnDef", tenant], "collClause").map((each) => texts(each, "collname").join("."));
  const keys = constraintsMade(statement)
    .filter(({ contype }) => contype === "CONSTR_PRIMARY" || contype === "CONSTR_UNIQUE")
    .map((each) => texts(each, "keys"));
  return [
    ...(says.includes("CONSTR_NOTNULL") ? [] : ["a tenant that may be null"]),
    ...(typeOf(tenant) === "text" && collations.join() === "C" ? [] : ["a tenant of another type"]),
    ...keys.filter(([first]) => first !== tenant["colname"]).map((key) => `a key of ${key.join(", ") || "one column"}`),
  ];
}

function indexesWithoutTenant([kind, node]: Named, tables: TablesByName): readonly string[] {
  if (kind !== "IndexStmt") return [];
  const tenant = tables.get(tableOf([kind, node]))?.tenant;
  const [first] = list(node, "indexParams").map(([, each]) => each["name"]);
  return tenant === undefined || first === tenant ? [] : [String(node["idxname"])];
}

function lockedWithoutTenant(select: Node, tables: TablesByName): readonly string[] {
  if (list(select, "lockingClause").length === 0) return [];
  const ranges = ofKind(["SelectStmt", select], "RangeVar").filter(isStored);
  return ranges.map(({ relname }) => String(relname)).filter((name) => tables.get(name)?.tenant === undefined);
}

function brokenUpsert(insert: Node, tables: TablesByName): readonly string[] {
  const clause = insert["onConflictClause"] as Node | undefined;
  if (clause === undefined) return [];
  const target = list((clause["infer"] ?? {}) as Node, "indexElems").map(([, each]) => String(each["name"]));
  const { key = [] } = tables.get(tableOf(["InsertStmt", insert])) ?? {};
  const set = list(clause, "targetList").flatMap((each) => [...nodesIn(...each)]);
  return [
    ...(target.join() === key.join() ? [] : [`a target of ${target.join(", ") || "nothing"}`]),
    ...set.map(([kind]) => kind).filter((kind) => !upsertKinds.has(kind)),
  ];
}
