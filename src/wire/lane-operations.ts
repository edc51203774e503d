import { z } from "zod";
import { limits } from "../contract/index.js";
import type { Operation } from "../core/operations.js";
import { durationMs, epochMs, flag, fraction, identifier, integer, key, namespace, oneOf, text } from "./fields.js";
import type { WireCommit } from "./lanes.js";
import { parentTypes, roles } from "./message-schemas.js";
import { described, given, named } from "./schema.js";
import type { Fields } from "./schema.js";
import { sources } from "./state.js";

/** The longest text of what may be in a commit: as much as a batch may hold, in base64. */
const longestText = Math.ceil(limits.batchBytes / 3) * 4;

const body = named(
  "LaneBody",
  "A stored value: the text of its JSON (codec 1), or bytes in base64 (codec 2).",
  z.strictObject({
    codec: integer("How data is to be read.", 1, 255),
    data: text("JSON as a text, or base64.", longestText),
  }),
);

const id = identifier("The id, which the client has made where the caller gave none.");
const threadId = identifier("The thread.");
const userId = identifier("The user.");
const expectedRevision = integer("The revision last read; 0 for what must not exist.", 0).optional();
const createdAt = epochMs("When it was made; now where absent.").optional();
const metadata = text("Metadata, as the text of a JSON object.", longestText);
const parts = text("Parts, as the text of a JSON array.", longestText);
const lease = identifier("The name of a lease.");
const token = integer("The token that the lease was taken with.", 1);
const ttlMs = durationMs("How long it lasts.");

type Of<K extends Operation["kind"]> = Omit<Extract<Operation, { readonly kind: K }>, "kind">;

const operations = [
  operation("messages.createThread", {
    id,
    userId,
    title: body.optional(),
    metadata: metadata.optional(),
    createdAt,
  }),
  operation("messages.updateThread", {
    id,
    title: cleared(body, "The title; null clears it."),
    metadata: cleared(metadata, "Metadata, as the text of a JSON object; null clears it."),
    expectedRevision,
  }),
  operation("messages.deleteThread", { id, expectedRevision }),
  operation("messages.restoreThread", { id, expectedRevision }),
  operation("messages.getOrCreateThread", { id, userId }),
  operation("messages.createMessage", {
    id,
    threadId,
    role: oneOf("Who speaks.", roles),
    content: body,
    parts: parts.optional(),
    authorId: identifier("Who wrote it.").optional(),
    executionId: identifier("The run of an agent.").optional(),
    parentId: identifier("What it answers.").optional(),
    parentType: oneOf("What the parent is.", parentTypes).optional(),
    metadata: metadata.optional(),
    createdAt,
    ifExists: oneOf("What happens where the id is taken.", ["fail", "return"]),
  }),
  operation("messages.updateMessage", {
    id,
    content: body.optional(),
    parts: cleared(parts, "Parts, as the text of a JSON array; null clears them."),
    authorId: cleared(identifier("Who wrote it."), "Who wrote it; null clears it."),
    metadata: cleared(metadata, "Metadata, as the text of a JSON object; null clears it."),
    expectedRevision,
  }),
  operation("messages.deleteMessage", { id, expectedRevision }),
  operation("messages.restoreMessage", { id, expectedRevision }),
  operation("state.upsertLatest", {
    userId,
    source: oneOf("How it came about.", sources),
    confidence: fraction("How sure it is."),
    axes: text("Axes, as the text of a JSON object.", longestText).optional(),
    data: body.optional(),
    updatedAt: epochMs("When it was so; now where absent.").optional(),
    ifNewer: flag("Keeps the stored snapshot where that is newer."),
    expectedRevision,
  }),
  operation("state.delete", { userId, expectedRevision }),
  operation("kv.put", {
    namespace,
    key: key("The key."),
    value: body,
    ttlMs: ttlMs.optional(),
    userId: userId.optional(),
    keepExpiry: flag("Where it is the end of an update: owner and expiry stay as they are.").optional(),
    expectedRevision,
  }),
  operation("kv.delete", { namespace, key: key("The key."), expectedRevision }),
  operation("log.append", {
    threadId,
    events: described(
      z.array(text("An event, as the text of a JSON object.", longestText)).max(limits.batchEvents),
      "The events.",
    ),
    expectedHead: integer("The head last read.", 0).optional(),
    userId: userId.optional(),
  }),
  operation("log.fork", {
    threadId,
    at: integer("The last ordinal that both share.", 1),
    newThreadId: identifier("The new thread."),
    event: text("The event for the log that is forked; the server makes its own.", longestText),
  }),
  operation("lease.acquire", { name: lease, ttlMs }),
  operation("lease.renew", { name: lease, token, ttlMs }),
  operation("lease.release", { name: lease, token }),
  imported("import.thread"),
  imported("import.message"),
  imported("import.snapshot"),
  imported("import.entry"),
  imported("import.log"),
  imported("import.events", { threadId }),
] as const;

/** A commit of the client of this package: see `WireCommit`. */
export const wireCommit: z.ZodType<WireCommit> = named(
  "LaneCommit",
  "A commit: its operations happen all or not at all.",
  given<WireCommit>({
    asUserId: identifier("The user whose stores it is about.").optional(),
    operations: described(
      z.array(
        named("LaneOperation", "A write, as the client's core has made it.", z.discriminatedUnion("kind", operations)),
      ),
      "At least one.",
      { minItems: 1, maxItems: limits.batchOperations },
    ),
    operationId: identifier("Makes the commit happen once.").optional(),
    isForResending: flag("The operationId is the client's own, for sending the commit again.").optional(),
    digest: described(z.string().regex(/^[0-9a-f]{64}$/), "By what a repeat is recognised.", {
      maxLength: 64,
    }).optional(),
    fence: described(given({ name: lease, token }), "The lease that must be held.").optional(),
    actor: identifier("Who does it.").optional(),
    requestId: identifier("Ties the commit to a request of the caller's.").optional(),
    timeoutMs: integer("What remains until its deadline.", 0).optional(),
  }),
) as z.ZodType<WireCommit>;

function operation<K extends Operation["kind"]>(kind: K, fields: Fields<Of<K>>): OperationSchema {
  return z.strictObject({ kind: kindOf(kind), ...fields }) as unknown as OperationSchema;
}

function cleared(schema: z.ZodType, description: string): z.ZodType {
  return described(schema.nullable().optional(), description);
}

/** A row of an import goes as the records of an export that it was made of. */
function imported(kind: string, more: Readonly<Record<string, z.ZodType>> = {}): OperationSchema {
  const records = described(z.array(z.unknown()), "Records of an export.", {
    items: { $ref: "#/components/schemas/ExportRecord" },
    minItems: 1,
    maxItems: limits.batchEvents,
  });
  return z.strictObject({ kind: kindOf(kind), ...more, records }) as unknown as OperationSchema;
}

function kindOf(kind: string): z.ZodType {
  return described(z.literal(kind), "What it does.");
}

type OperationSchema = z.ZodObject<{ kind: z.ZodLiteral<string> }>;
