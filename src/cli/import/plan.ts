import type { NewMessage, NewThread, OpenEvent } from "../../contract/index.js";
import { derivedId } from "./derived-id.js";
import { mapMessages } from "./mapped-message.js";
import type { Transcript } from "./transcript.js";

/** A conversation as it will be stored. The same line gives the same plan, in every run. */
export interface ImportPlan {
  readonly thread: NewThread & { readonly id: string };
  readonly messages: readonly PlannedMessage[];
}

export interface PlannedMessage {
  readonly message: NewMessage & { readonly id: string };
  readonly events: readonly OpenEvent[];
  /** The log's head after this message: it tells how far an interrupted import came. */
  readonly headAfter: number;
  /** Bytes that it takes, roughly. */
  readonly bytes: number;
}

/**
 * Plans a conversation of `userId`.
 *
 * Its thread has the line's own id, or one derived from the line and its `occurrence`: how many equal lines came before
 * it in the file. Each message's id is derived from all messages up to it, so the id of a stored message proves what
 * stands before it.
 */
export function planImport(transcript: Transcript, userId: string, occurrence: number): ImportPlan {
  const threadId = transcript.id ?? derivedId("thread", userId, lineIdentity(transcript), occurrence);
  return { thread: planThread(transcript, threadId, userId), messages: planMessages(transcript, threadId) };
}

/** What tells lines without an id apart: two lines with the same one are the same conversation. */
export function lineIdentity({ line, messages }: Transcript): string {
  return derivedId("line", JSON.stringify([line, messages]));
}

function planThread({ title, format, line, messagesAt }: Transcript, id: string, userId: string): ImportPlan["thread"] {
  return { id, userId, ...(title === undefined ? {} : { title }), metadata: { source: { format, line, messagesAt } } };
}

function planMessages(transcript: Transcript, threadId: string): readonly PlannedMessage[] {
  const planned: PlannedMessage[] = [];
  const ids: string[] = [];
  for (const [index, { callIndex, events, ...mapped }] of mapMessages(transcript).entries()) {
    const id = derivedId("message", threadId, ids.at(-1) ?? "", JSON.stringify(transcript.messages[index]));
    ids.push(id);
    const message = {
      id,
      threadId,
      ...mapped,
      ...(callIndex === undefined ? {} : { executionId: derivedId("execution", ids[callIndex]!) }),
    };
    planned.push({
      message,
      events,
      headAfter: (planned.at(-1)?.headAfter ?? 0) + events.length,
      bytes: Buffer.byteLength(JSON.stringify([message, events])),
    });
  }
  return planned;
}
