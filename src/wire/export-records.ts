import { z } from "zod";
import type {
  ExportedEntry,
  ExportedLog,
  ExportedLogEntry,
  ExportedMessage,
  ExportedSnapshot,
  ExportedThread,
} from "../contract/index.js";
import { axes, envelope, epochMs, fraction, integer, metadata, namespace, parts } from "./fields.js";
import { event } from "./log.js";
import { parentTypes, roles } from "./message-schemas.js";
import { made, named } from "./schema.js";
import { sources } from "./state.js";

const id = z.string();
const createdAt = epochMs("When it was made.");
const updatedAt = epochMs("When it was last written.");
const deletedAt = epochMs("Present where it is soft-deleted.").optional();
const revision = integer("Its revision.", 1);

const thread = made<ExportedThread>({
  type: z.literal("thread"),
  id,
  userId: id,
  title: envelope.optional(),
  metadata: metadata("As it was given.").optional(),
  createdAt,
  updatedAt,
  deletedAt,
  revision,
});

const message = made<ExportedMessage>({
  type: z.literal("message"),
  id,
  threadId: id,
  role: z.enum(roles),
  content: envelope,
  parts: parts("As they were given.").optional(),
  authorId: id.optional(),
  executionId: id.optional(),
  parentId: id.optional(),
  parentType: z.enum(parentTypes).optional(),
  metadata: metadata("As it was given.").optional(),
  createdAt,
  updatedAt: updatedAt.optional(),
  deletedAt,
  revision,
});

const snapshot = made<ExportedSnapshot>({
  type: z.literal("snapshot"),
  userId: id,
  source: z.enum(sources),
  confidence: fraction("From 0 to 1."),
  axes: axes("As they were given.").optional(),
  data: envelope.optional(),
  updatedAt: epochMs("When it was so."),
  recordedAt: epochMs("When it was written."),
  revision,
});

const entry = made<ExportedEntry>({
  type: z.literal("entry"),
  namespace,
  key: id,
  value: envelope,
  userId: id.optional(),
  createdAt,
  updatedAt,
  expiresAt: epochMs("The instant from which it is gone.").optional(),
  revision,
});

const log = made<ExportedLog>({
  type: z.literal("log"),
  threadId: id,
  userId: id.optional(),
  head: integer("The ordinal of the last event.", 0),
  watermark: integer("The ordinal up to which events are archived.", 0),
});

const logEntry = made<ExportedLogEntry>({
  type: z.literal("logEntry"),
  threadId: id,
  ordinal: integer("Its place.", 1),
  recordedAt: epochMs("When it was appended."),
  event,
});

/** One thing that a tenant holds, whole: a line of an export. */
export const exportRecord: z.ZodType = named(
  "ExportRecord",
  "One thing that a tenant holds, whole. Threads come before their messages and logs before their entries.",
  z.union([thread, message, snapshot, entry, log, logEntry]),
);
