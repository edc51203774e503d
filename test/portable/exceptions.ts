import { broken } from "./rules.js";
import type { Broken } from "./rules.js";
import type { TablesByName } from "./tables.js";

/** A statement that breaks a rule, and why it may. */
export interface Exception extends Broken {
  readonly statement: RegExp;
  readonly because: string;
}

export const exceptions: readonly Exception[] = [
  {
    rule: "tenant-named",
    what: "tenants",
    statement: /^SELECT tenant_id, name FROM "store"\.tenants WHERE name > \$1 ORDER BY name LIMIT \$2$/,
    because: "It lists the tenants, for their owner: it reads every shard, locks nothing, and stands alone.",
  },
  {
    rule: "tenant-named",
    what: "tenants",
    statement: /^SELECT tenant_id FROM "store"\.tenants WHERE name = \$1$/,
    because:
      "It finds the tenant that a sweep stopped at, once a sweep, for the owner. What it finds is then locked by its tenant.",
  },
  {
    rule: "tenant-named",
    what: "pending_erasures",
    statement: /^SELECT erasures_key, erasure_id FROM "store"\.pending_erasures ORDER BY requested_at, erasure_id$/,
    because: "It finds the erasures that have to go on, for the owner, in a transaction of its own.",
  },
  {
    rule: "tenant-first",
    what: "tenants_by_name",
    statement: /^CREATE INDEX tenants_by_name ON "store"\.tenants \(name\)$/,
    because: "It is what the list of tenants is read by. It is not unique, so each shard has its own.",
  },
  {
    rule: "upsert",
    what: "a target of nothing",
    statement:
      /INSERT INTO "store"\.tenants \(tenant_id, name, created_at\) VALUES \(\$1, \$\d+, \$\d+\) ON CONFLICT DO NOTHING/,
    because: "A target has to be readable, and the role may not read the names of tenants. The table has one key.",
  },
  {
    rule: "locks",
    what: "meta",
    statement: /^SELECT value FROM "store"\.meta WHERE key = \$1 FOR UPDATE$/,
    because:
      "Migrations queue at this row, of a table that is nobody's: on Citus a reference table, the rows of which can be locked.",
  },
  {
    rule: "set-local",
    what: "set_config",
    statement: /holdfast\.caller_role/,
    because: "db.using() where there is no Citus: one round trip where SET LOCAL takes three.",
  },
];

/** What breaks a rule in one of these texts, each with the exception that allows it, if there is one. */
export function brokenIn(texts: readonly string[], tables: TablesByName): readonly FoundBroken[] {
  return texts.flatMap((text) =>
    broken(text, tables).map(({ rule, what }) => {
      const exception = exceptions.find(
        (each) => each.rule === rule && each.what === what && each.statement.test(text),
      );
      return { rule, what, text, exception };
    }),
  );
}

interface FoundBroken extends Broken {
  readonly text: string;
  readonly exception: Exception | undefined;
}
