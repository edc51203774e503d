import { z } from "zod";
import type { Changed, Message, MessagePatch, NewMessage, NewThread, Thread, ThreadPatch } from "../contract/index.js";
import { envelope, epochMs, identifier, integer, metadata, oneOf, parts, value, valueOrNull } from "./fields.js";
import { plain, recordOf } from "./results.js";
import type { Result } from "./results.js";
import { described, given, made, named } from "./schema.js";

/** Threads and messages, as callers give and get them. */

export const roles: ["user", "assistant", "system", "tool"] = ["user", "assistant", "system", "tool"];
export const parentTypes: ["user_message", "step", "execution", "system"] = [
  "user_message",
  "step",
  "execution",
  "system",
];

export const thread: Result = recordOf(
  named(
    "Thread",
    "A conversation of one user.",
    made<Thread>({
      id: z.string(),
      userId: z.string(),
      title: envelope.optional(),
      metadata: metadata("As it was given; empty where none was."),
      createdAt: epochMs("When it was begun."),
      updatedAt: epochMs("Moved by updateThread and by every message added."),
      deletedAt: epochMs("Present on a soft-deleted thread.").optional(),
      revision: integer("Moved by every write of the thread itself; not by its messages.", 1),
    }),
  ),
  "title",
);

export const message: Result = recordOf(
  named(
    "Message",
    "One message of a thread, as users see it.",
    made<Message>({
      id: z.string(),
      threadId: z.string(),
      role: z.enum(roles),
      content: envelope,
      parts: parts("The structure of the message, in order; empty where none was given."),
      authorId: z.string().optional(),
      executionId: z.string().optional(),
      parentId: z.string().optional(),
      parentType: z.enum(parentTypes).optional(),
      metadata: metadata("As it was given; empty where none was."),
      createdAt: epochMs("When it was written."),
      updatedAt: epochMs("When it was last edited; absent until then.").optional(),
      deletedAt: epochMs("Present on a soft-deleted message.").optional(),
      revision: integer("Moved by every write of the message.", 1),
    }),
  ),
  "content",
);

export const changed: Result = plain(
  named(
    "Changed",
    "What a write of a thread or message made of it.",
    made<Changed>({
      id: z.string(),
      revision: integer("Its revision now.", 1),
      updatedAt: epochMs("Absent on a message that was never edited.").optional(),
    }),
  ),
);

export const newThread: z.ZodType = named(
  "NewThread",
  "A thread to create.",
  given<NewThread>({
    id: identifier("Yours, or made: a UUID.").optional(),
    userId: identifier("Whose conversation it is."),
    title: value("Any value.").optional(),
    metadata: metadata("Any JSON object.").optional(),
    createdAt: epochMs("For imports: when the thread was begun. Now, by default.").optional(),
  }),
);

export const newMessage: z.ZodType = named(
  "NewMessage",
  "A message to add.",
  given<NewMessage>({
    id: identifier("Yours, or made: a UUID.").optional(),
    threadId: identifier("The thread that it is added to."),
    role: oneOf("Who speaks.", roles),
    content: value('Any value; "" by default.').optional(),
    parts: parts("The structure of the message, in order: tool calls, reasoning, files.").optional(),
    authorId: identifier("Who wrote it.").optional(),
    executionId: identifier("The run of an agent that it is of.").optional(),
    parentId: identifier("What it answers: a message of the same thread, unless parentType says otherwise.").optional(),
    parentType: oneOf(
      'What the parent is; "user_message" by default. All but "system" need a parentId.',
      parentTypes,
    ).optional(),
    metadata: metadata("Any JSON object.").optional(),
    createdAt: epochMs("For imports: when it was written. Now, by default.").optional(),
  }),
);

export const threadPatch: z.ZodType = named(
  "ThreadPatch",
  "What to change of a thread: a field that is absent stays, and null clears it.",
  given<ThreadPatch>({
    title: valueOrNull("Replaces the title.").optional(),
    metadata: metadata("Replaces the metadata, as a whole.", ["object", "null"]).optional(),
  }),
);

export const messagePatch: z.ZodType = named(
  "MessagePatch",
  'What to change of a message: a field that is absent stays, and null clears it (content to "").',
  given<MessagePatch>({
    content: valueOrNull("Replaces the content.").optional(),
    parts: parts("Replaces the parts, as a whole.", ["array", "null"]).optional(),
    authorId: described(z.nullable(identifier("Who wrote it.")), "Replaces the author.").optional(),
    metadata: metadata("Replaces the metadata, as a whole.", ["object", "null"]).optional(),
  }),
);
