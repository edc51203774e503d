/** The statements of the raw side. Each is prepared under its name, once a connection. */
export const statements = {
  append: `WITH log AS (
INSERT INTO logs (tenant_id, thread_id, head, watermark) VALUES ($1, $2, cardinality($3::text[]), 0)
ON CONFLICT (tenant_id, thread_id) DO UPDATE SET head = logs.head + cardinality($3::text[]) RETURNING head)
INSERT INTO log_entries (tenant_id, thread_id, ordinal, recorded_at, event)
SELECT $1, $2, head - cardinality($3::text[]) + n, $4, event FROM log, unnest($3::text[]) WITH ORDINALITY AS u (event, n)`,

  appendOne: `WITH log AS (
INSERT INTO logs (tenant_id, thread_id, head, watermark) VALUES ($1, $2, 1, 0)
ON CONFLICT (tenant_id, thread_id) DO UPDATE SET head = logs.head + 1 RETURNING head)
INSERT INTO log_entries (tenant_id, thread_id, ordinal, recorded_at, event) SELECT $1, $2, head, $3, $4 FROM log RETURNING ordinal`,

  addMessage: `INSERT INTO messages (tenant_id, message_id, thread_id, seq, role, created_at, revision, codec, content)
VALUES ($1, $2, $3, $4, 'assistant', $5, 1, 1, $6)`,

  touchThread: "UPDATE threads SET updated_at = $3 WHERE tenant_id = $1 AND thread_id = $2",

  addState: `INSERT INTO state_versions (tenant_id, user_id, revision, recorded_at, updated_at, source, confidence, codec, data)
SELECT $1, $2, coalesce(max(revision), 0) + 1, $3, $3, 'inferred', 0.7, 1, $4 FROM state_versions
WHERE tenant_id = $1 AND user_id = $2`,

  putEntry: `INSERT INTO kv (tenant_id, namespace, key, created_at, updated_at, revision, codec, value)
VALUES ($1, $2, $3, $4, $4, 1, 1, $5)
ON CONFLICT (tenant_id, namespace, key) DO UPDATE SET updated_at = excluded.updated_at, value = excluded.value`,

  turn: `WITH added AS (
INSERT INTO messages (tenant_id, message_id, thread_id, seq, role, created_at, revision, codec, content)
SELECT $1, id, $2, n, 'assistant', $3, 1, 1, content
FROM unnest($4::text[], $5::text[]) WITH ORDINALITY AS u (id, content, n)),
touched AS (UPDATE threads SET updated_at = $3 WHERE tenant_id = $1 AND thread_id = $2),
log AS (INSERT INTO logs (tenant_id, thread_id, head, watermark) VALUES ($1, $2, cardinality($6::text[]), 0)
ON CONFLICT (tenant_id, thread_id) DO UPDATE SET head = logs.head + cardinality($6::text[]) RETURNING head),
appended AS (INSERT INTO log_entries (tenant_id, thread_id, ordinal, recorded_at, event)
SELECT $1, $2, head - cardinality($6::text[]) + n, $3, event FROM log, unnest($6::text[]) WITH ORDINALITY AS u (event, n)),
state AS (
INSERT INTO state_versions (tenant_id, user_id, revision, recorded_at, updated_at, source, confidence, codec, data)
SELECT $1, $7, coalesce(max(revision), 0) + 1, $3, $3, 'inferred', 0.7, 1, $8 FROM state_versions
WHERE tenant_id = $1 AND user_id = $7)
INSERT INTO kv (tenant_id, namespace, key, created_at, updated_at, revision, codec, value)
VALUES ($1, $9, 'tone', $3, $3, 1, 1, $10)
ON CONFLICT (tenant_id, namespace, key) DO UPDATE SET updated_at = excluded.updated_at, value = excluded.value`,

  getMessage: `SELECT message_id, role, created_at, content FROM messages
WHERE tenant_id = $1 AND message_id = $2 AND deleted_at IS NULL`,

  lastMessages: `SELECT message_id, role, created_at, content FROM messages
WHERE tenant_id = $1 AND thread_id = $2 AND deleted_at IS NULL ORDER BY created_at DESC, seq DESC LIMIT $3`,

  events: `SELECT ordinal, recorded_at, event FROM log_entries WHERE tenant_id = $1 AND thread_id = $2 ORDER BY ordinal`,

  latestState: `SELECT revision, source, confidence, updated_at, data FROM state_versions
WHERE tenant_id = $1 AND user_id = $2 ORDER BY revision DESC LIMIT 1`,

  getEntries: "SELECT key, value FROM kv WHERE tenant_id = $1 AND namespace = $2 AND key = ANY ($3::text[])",

  logHead: "SELECT head, watermark FROM logs WHERE tenant_id = $1 AND thread_id = $2",
} as const;
