import { describe, expect, it } from "vitest";
import { broken, rules } from "./rules.js";
import { tablesMadeBy } from "./tables.js";

const tables = tablesMadeBy([
  'CREATE TABLE s.threads (tenant_id text COLLATE "C" NOT NULL, id text, n bigint, PRIMARY KEY (tenant_id, id))',
  'CREATE TABLE s.logs (tenant_id text COLLATE "C" NOT NULL, id text, n bigint, PRIMARY KEY (tenant_id, id))',
  "CREATE TABLE s.meta (key text PRIMARY KEY, value text NOT NULL)",
]);

const tenant = 'tenant_id text COLLATE "C" NOT NULL';

/** What breaks each rule, and only that rule. */
const refused: Readonly<Record<string, readonly string[]>> = {
  "tenant-first": [
    `CREATE TABLE s.t (${tenant}, id text PRIMARY KEY)`,
    `CREATE TABLE s.t (${tenant}, id text, PRIMARY KEY (id, tenant_id))`,
    `CREATE TABLE s.t (${tenant}, id text, PRIMARY KEY (tenant_id, id), UNIQUE (id))`,
    'CREATE TABLE s.t (tenant_id text COLLATE "C", id text)',
    "CREATE TABLE s.t (tenant_id text NOT NULL, id text, PRIMARY KEY (tenant_id, id))",
    "CREATE TABLE s.t (tenant_id bigint NOT NULL, id text, PRIMARY KEY (tenant_id, id))",
    "CREATE INDEX by_n ON s.threads (n)",
    "CREATE UNIQUE INDEX by_n ON s.threads (n, tenant_id)",
  ],
  "tenant-named": [
    "SELECT n FROM s.threads WHERE id = $1",
    "SELECT n FROM s.threads WHERE tenant_id = $1 OR id = $2",
    "SELECT n FROM s.threads WHERE tenant_id > $1",
    "SELECT t.n FROM s.threads AS t JOIN s.logs AS l ON l.id = t.id WHERE t.tenant_id = $1",
    "SELECT t.n FROM s.threads AS t, s.logs AS l WHERE t.tenant_id = $1 AND l.tenant_id = $2",
    "SELECT n FROM (SELECT tenant_id, n FROM s.threads) AS t WHERE tenant_id = $1",
    "SELECT n FROM s.threads WHERE tenant_id = $1 AND EXISTS (SELECT FROM s.logs AS l WHERE l.id = $2)",
    "UPDATE s.threads SET n = 1 WHERE id = $1",
    "UPDATE s.threads AS t SET n = 1 FROM s.logs AS l WHERE t.tenant_id = $1 AND l.id = t.id",
    "DELETE FROM s.threads AS t USING s.logs AS l WHERE l.tenant_id = $1 AND l.id = t.id",
    "INSERT INTO s.threads (id, n) VALUES ($1, $2)",
    "INSERT INTO s.threads (tenant_id, id) VALUES ($1, $2), ($3, $4)",
    "INSERT INTO s.threads (tenant_id, id) SELECT 'acme', id FROM s.logs WHERE tenant_id = $1",
    "INSERT INTO s.threads (tenant_id, id) SELECT $1, id FROM s.logs",
    "WITH gone AS (DELETE FROM s.logs WHERE id = $2) SELECT n FROM s.threads WHERE tenant_id = $1",
  ],
  "tenant-kept": [
    "UPDATE s.threads SET tenant_id = $2 WHERE tenant_id = $1",
    "INSERT INTO s.logs (tenant_id, id) VALUES ($1, $2) ON CONFLICT (tenant_id, id) DO UPDATE SET tenant_id = $1",
  ],
  "own-ids": [
    `CREATE TABLE s.t (${tenant}, id bigint GENERATED ALWAYS AS IDENTITY, PRIMARY KEY (tenant_id, id))`,
    "SELECT nextval('s.ids')",
  ],
  "own-time": [
    "SELECT n FROM s.threads WHERE tenant_id = $1 AND n > extract(epoch FROM now())",
    "SELECT n FROM s.threads WHERE tenant_id = $1 AND n > extract(epoch FROM CURRENT_TIMESTAMP)",
    "SELECT gen_random_uuid()",
    "SELECT n + interval '1 day' FROM s.threads WHERE tenant_id = $1",
  ],
  "immutable-changes": [
    "UPDATE s.threads SET n = to_jsonb(n) WHERE tenant_id = $1",
    "DELETE FROM s.threads WHERE tenant_id = $1 AND n < age(n)",
  ],
  "values-without-queries": [
    "INSERT INTO s.logs (tenant_id, id, n) VALUES ($1, $2, (SELECT n FROM s.threads WHERE tenant_id = $1))",
    "INSERT INTO s.logs (tenant_id, id, n) VALUES ($1, $2, EXISTS (SELECT FROM s.threads WHERE tenant_id = $1))",
  ],
  locks: [
    "LOCK TABLE s.meta",
    "SELECT value FROM s.meta FOR UPDATE",
    "SELECT pg_advisory_xact_lock(1)",
    "SELECT pg_try_advisory_lock(1)",
  ],
  upsert: [
    "INSERT INTO s.logs (tenant_id, id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    "INSERT INTO s.logs (tenant_id, id) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
    "INSERT INTO s.logs (tenant_id, id) VALUES ($1, $2) ON CONFLICT (tenant_id, id) DO UPDATE SET n = count(excluded.n)",
  ],
  "plain-statements": [
    "CREATE TRIGGER t BEFORE INSERT ON s.threads FOR EACH ROW EXECUTE FUNCTION f()",
    "DO $$ BEGIN END $$",
    "DELETE FROM s.threads WHERE tenant_id = $1 AND ctid = $2",
    `CREATE TEMP TABLE t (${tenant}, id text, PRIMARY KEY (tenant_id, id))`,
    "CREATE INDEX by_n ON s.threads USING gist (tenant_id, n)",
    "CREATE INDEX CONCURRENTLY by_n ON s.threads (tenant_id, n)",
    `CREATE TABLE s.t (${tenant}, id text REFERENCES s.meta, PRIMARY KEY (tenant_id, id))`,
    `CREATE TABLE s.t (${tenant}, id text, PRIMARY KEY (tenant_id, id) DEFERRABLE)`,
    `CREATE TABLE s.t (${tenant}, id text, EXCLUDE USING btree (id WITH =))`,
    `CREATE TABLE s.t (${tenant}, id text, PRIMARY KEY (tenant_id, id)) INHERITS (s.meta)`,
  ],
  "no-notify": ["LISTEN commits", "NOTIFY commits", "SELECT pg_notify('commits', $1)"],
  "set-local": [
    "SELECT set_config('holdfast.tenant', $1, true)",
    "SET holdfast.tenant = 'acme'",
    "SET ROLE holdfast_app",
  ],
  leakproof: [
    "SELECT n FROM s.threads WHERE tenant_id = $1 AND id LIKE $2",
    "SELECT n FROM s.threads WHERE tenant_id = $1 AND metadata::jsonb @> $2",
    "SELECT n FROM s.threads WHERE tenant_id = $1 AND id ~ $2",
  ],
  "no-collation": ['SELECT n FROM s.threads WHERE tenant_id = $1 AND id > $2 COLLATE "C"'],
  "column-types": [
    `CREATE TABLE s.t (${tenant}, n integer, PRIMARY KEY (tenant_id, n))`,
    `CREATE TABLE s.t (${tenant}, body jsonb, n bigint, PRIMARY KEY (tenant_id, n))`,
  ],
  "no-division": ["SELECT n / 2 FROM s.threads WHERE tenant_id = $1"],
  "copy-without-returning": [
    "INSERT INTO s.logs (tenant_id, id) SELECT $1, $3 FROM s.logs WHERE tenant_id = $1 AND id = $2 RETURNING id",
  ],
  "one-change-a-table": [
    "WITH a AS (DELETE FROM s.logs WHERE tenant_id = $1 AND id = $2) INSERT INTO s.logs (tenant_id, id) VALUES ($1, $3)",
  ],
};

describe.each(rules)("$id: $says", ({ id }) => {
  it.each([...(refused[id] ?? [])])("refuses %s", (sql) => {
    expect([...new Set(broken(sql, tables).map(({ rule }) => rule))]).toEqual([id]);
  });

  it("has statements that show it", () => expect(refused[id]?.length ?? 0).toBeGreaterThan(0));
});

it.each([
  "SELECT n FROM s.threads WHERE tenant_id = $1 AND (id = $2 OR n > $3)",
  "SELECT t.n FROM s.threads AS t LEFT JOIN s.logs AS l ON l.tenant_id = $1 AND l.id = t.id WHERE t.tenant_id = $1",
  "SELECT t.n FROM s.threads AS t JOIN s.logs AS l USING (tenant_id, id) WHERE t.tenant_id = $1",
  "SELECT l.* FROM unnest($2::text[]) AS u (id) CROSS JOIN LATERAL (SELECT n FROM s.logs WHERE tenant_id = $1 AND id = u.id) AS l",
  "WITH RECURSIVE r (n) AS (SELECT n FROM s.logs WHERE tenant_id = $1 UNION ALL SELECT n + 1 FROM r) SELECT n FROM r",
  "SELECT n FROM s.threads WHERE tenant_id = $1 AND id = $2 FOR UPDATE",
  "UPDATE s.threads AS t SET n = u.n FROM unnest($2::text[], $3::bigint[]) AS u (id, n) WHERE t.tenant_id = $1 AND t.id = u.id",
  "DELETE FROM s.threads WHERE tenant_id = $1 AND id IN (SELECT id FROM s.threads WHERE tenant_id = $1 LIMIT $2)",
  "INSERT INTO s.logs AS l (tenant_id, id, n) SELECT $1, * FROM unnest($2::text[], $3::bigint[]) ON CONFLICT (tenant_id, id) DO UPDATE SET n = greatest(l.n, excluded.n)",
  "INSERT INTO s.logs (tenant_id, id) SELECT $1, $3 FROM s.logs WHERE tenant_id = $1 AND id = $2",
  "WITH a AS (DELETE FROM s.threads WHERE tenant_id = $1) INSERT INTO s.logs (tenant_id, id) VALUES ($1, $2)",
  "INSERT INTO s.meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
  `CREATE TABLE s.t (${tenant}, id text, n bigint, PRIMARY KEY (tenant_id, id)) PARTITION BY HASH (tenant_id)`,
  "CREATE TABLE s.t_0 PARTITION OF s.t FOR VALUES WITH (MODULUS 4, REMAINDER 0)",
  "CREATE INDEX by_n ON s.threads (tenant_id, n) WHERE n IS NOT NULL",
  "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL ROLE \"app\"; SET LOCAL holdfast.tenant = 'acme'",
])("takes %s", (sql) => expect(broken(sql, tables)).toEqual([]));
