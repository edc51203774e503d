/**
 * Identifiers are plain strings that the caller chooses: any non-empty well-formed string without NUL.
 *
 * No character is special, two different strings never mean the same thing, and case counts: `user_123`, `a@b.co`,
 * `auth0|x`, `a:b/c`, `..` and emoji are all fine. Lengths are counted in UTF-8 bytes (see `limits.ts`). Anything else
 * is refused with `INVALID_ARGUMENT` before the store is asked, also by reads.
 *
 * Where strings are ordered (keys, namespaces), the order is that of their UTF-8 bytes.
 */
export type Identifier = string;

/** Names a tenant. Given once, to `db.tenant(id)`; no other call takes one. */
export type TenantId = Identifier;

/** Names the user whose data something is: the subject of export and erasure. */
export type UserId = Identifier;

/** Names a thread, and the session log of the same name. Unique inside a tenant. */
export type ThreadId = Identifier;

/** Names a message. Unique inside a tenant, whatever its thread. */
export type MessageId = Identifier;

/** Names one run of an agent. Many messages may carry the same one. */
export type ExecutionId = Identifier;

/** Names a write, chosen by the caller so that a retry of it is recognised. Unique inside a tenant. */
export type OperationId = Identifier;

/**
 * Addresses a group of keys: 0 to 16 segments, outermost first.
 *
 * A segment is any well-formed string without NUL; it may be empty. Namespaces are compared segment by segment, so
 * `["a", "b"]` and `["a:b"]` are strangers, and so are `["user1"]` and `["user10"]`.
 */
export type Namespace = readonly string[];

/** An instant: integer milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number;
