/** The version of the schema that this code makes. */
export const schemaVersion = 1;

/** The oldest version of this code that can work with what this code writes. */
export const compatibleSince = 1;

const tenantId = 'tenant_id text COLLATE "C" NOT NULL';
const name = (column: string): string => `${column} text COLLATE "C" NOT NULL`;
const optionalName = (column: string): string => `${column} text COLLATE "C"`;

/** A table as a migration makes it; `@name` stands for its name. */
export interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  readonly indexes?: readonly string[];
}

/**
 * The tables that hold what is a tenant's. The tenant comes first in every key and index: so they can be distributed by it. A
 * tenant's id in here is `tenants.tenant_id`, which is its name, unless one of the same name was erased before.
 */
export const tenantTables: readonly Table[] = [
  {
    name: "counters",
    columns: [
      tenantId,
      "revision bigint NOT NULL",
      "sequence bigint NOT NULL",
      "has_erased boolean NOT NULL",
      "is_closed boolean NOT NULL",
      "PRIMARY KEY (tenant_id)",
    ],
  },
  {
    name: "threads",
    columns: [
      tenantId,
      name("thread_id"),
      name("user_id"),
      "seq bigint NOT NULL",
      "created_at bigint NOT NULL",
      "updated_at bigint NOT NULL",
      "deleted_at bigint",
      "revision bigint NOT NULL",
      "codec smallint NOT NULL",
      "title text",
      "metadata text",
      "PRIMARY KEY (tenant_id, thread_id)",
    ],
    indexes: [
      "INDEX threads_by_update ON @threads (tenant_id, user_id, updated_at, seq)",
      "INDEX threads_by_creation ON @threads (tenant_id, user_id, created_at, seq)",
      "INDEX threads_deleted ON @threads (tenant_id, deleted_at) WHERE deleted_at IS NOT NULL",
    ],
  },
  {
    name: "messages",
    columns: [
      tenantId,
      name("message_id"),
      name("thread_id"),
      "seq bigint NOT NULL",
      "role text NOT NULL",
      "created_at bigint NOT NULL",
      "updated_at bigint",
      "deleted_at bigint",
      "author_id text",
      optionalName("execution_id"),
      optionalName("parent_id"),
      "parent_type text",
      "revision bigint NOT NULL",
      "codec smallint NOT NULL",
      "content text NOT NULL",
      "parts text",
      "metadata text",
      "PRIMARY KEY (tenant_id, message_id)",
    ],
    indexes: [
      "INDEX messages_by_creation ON @messages (tenant_id, thread_id, created_at, seq)",
      "INDEX messages_by_execution ON @messages (tenant_id, execution_id, created_at, seq) WHERE execution_id IS NOT NULL",
    ],
  },
  {
    name: "state_versions",
    columns: [
      tenantId,
      name("user_id"),
      "revision bigint NOT NULL",
      "recorded_at bigint NOT NULL",
      "updated_at bigint NOT NULL",
      "source text NOT NULL",
      "confidence float8 NOT NULL",
      "codec smallint NOT NULL",
      "data text",
      "axes text",
      "PRIMARY KEY (tenant_id, user_id, revision)",
    ],
  },
  {
    name: "kv",
    columns: [
      tenantId,
      "namespace bytea NOT NULL",
      name("key"),
      optionalName("user_id"),
      "created_at bigint NOT NULL",
      "updated_at bigint NOT NULL",
      "expires_at bigint",
      "revision bigint NOT NULL",
      "codec smallint NOT NULL",
      "value text NOT NULL",
      "PRIMARY KEY (tenant_id, namespace, key)",
    ],
    indexes: [
      "INDEX kv_by_expiry ON @kv (tenant_id, expires_at, namespace, key) WHERE expires_at IS NOT NULL",
      "INDEX kv_by_user ON @kv (tenant_id, user_id, namespace, key) WHERE user_id IS NOT NULL",
    ],
  },
  {
    name: "logs",
    columns: [
      tenantId,
      name("thread_id"),
      optionalName("user_id"),
      "head bigint NOT NULL",
      "watermark bigint NOT NULL",
      "PRIMARY KEY (tenant_id, thread_id)",
    ],
    indexes: ["INDEX logs_by_user ON @logs (tenant_id, user_id) WHERE user_id IS NOT NULL"],
  },
  {
    name: "log_entries",
    columns: [
      tenantId,
      name("thread_id"),
      "ordinal bigint NOT NULL",
      "recorded_at bigint NOT NULL",
      "event text NOT NULL",
      "PRIMARY KEY (tenant_id, thread_id, ordinal)",
    ],
  },
  {
    name: "log_blocks",
    columns: [
      tenantId,
      name("thread_id"),
      "first bigint NOT NULL",
      "last bigint NOT NULL",
      "codec smallint NOT NULL",
      "location text",
      "body bytea",
      "checksum bytea NOT NULL",
      "bytes bigint NOT NULL",
      "PRIMARY KEY (tenant_id, thread_id, last)",
    ],
  },
  {
    name: "leases",
    columns: [
      tenantId,
      name("user_id"),
      name("name"),
      "token bigint NOT NULL",
      "expires_at bigint NOT NULL",
      "PRIMARY KEY (tenant_id, user_id, name)",
    ],
    indexes: [
      "UNIQUE INDEX leases_by_token ON @leases (tenant_id, token)",
      "INDEX leases_by_name ON @leases (tenant_id, name)",
    ],
  },
  {
    name: "operations",
    columns: [
      tenantId,
      name("user_id"),
      name("operation_id"),
      "hash text NOT NULL",
      "committed_at bigint NOT NULL",
      "actor text",
      "request_id text",
      "results text NOT NULL",
      "subjects text NOT NULL",
      "PRIMARY KEY (tenant_id, user_id, operation_id)",
    ],
    indexes: ["INDEX operations_by_time ON @operations (tenant_id, committed_at)"],
  },
  {
    name: "commits",
    columns: [
      tenantId,
      "seq bigint NOT NULL",
      "committed_at bigint NOT NULL",
      "actor text",
      "request_id text",
      "subjects text NOT NULL",
      "PRIMARY KEY (tenant_id, seq)",
    ],
    indexes: ["INDEX commits_by_time ON @commits (tenant_id, committed_at)"],
  },
  {
    name: "tombstones",
    columns: [
      tenantId,
      "kind text NOT NULL",
      "hash text NOT NULL",
      "head bigint",
      "watermark bigint",
      "PRIMARY KEY (tenant_id, kind, hash)",
    ],
  },
  {
    // Under the keyed hash of the tenant's name, as a receipt outlives the tenant.
    name: "erasures",
    columns: [
      tenantId,
      name("erasure_id"),
      "kind text NOT NULL",
      optionalName("of_tenant_id"),
      optionalName("tenant_name"),
      optionalName("subject_id"),
      "subject text NOT NULL",
      "requested_at bigint NOT NULL",
      "completed_at bigint",
      "actor text",
      "request_id text",
      "reason text",
      "last_revision bigint",
      "position text",
      "removed text NOT NULL",
      "PRIMARY KEY (tenant_id, erasure_id)",
    ],
    indexes: ["INDEX erasures_by_completion ON @erasures (tenant_id, completed_at, erasure_id)"],
  },
];

/** What is known of tenants as such, without policies: the role may only add to it. */
export const registryTables: readonly Table[] = [
  {
    name: "tenants",
    columns: [tenantId, name("name"), "created_at bigint NOT NULL", "PRIMARY KEY (tenant_id)"],
    // Not by tenant: it is what finds them.
    indexes: ["INDEX tenants_by_name ON @tenants (name)"],
  },
  {
    name: "pending_erasures",
    columns: [
      name("erasures_key"),
      "erasure_id text NOT NULL",
      "requested_at bigint NOT NULL",
      "PRIMARY KEY (erasures_key, erasure_id)",
    ],
  },
];

/** The column that says whose a row is, in every table that has one. */
export const tenantColumns: Readonly<Record<string, string>> = {
  ...Object.fromEntries([...tenantTables, ...registryTables].map((table) => [table.name, "tenant_id"])),
  pending_erasures: "erasures_key",
};

/** The other tables. They have a few rows. */
export const referenceTables = ["settings", "progress", "meta"] as const;
