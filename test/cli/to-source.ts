import type { Message, Thread } from "holdfast";

/** The line that a thread was imported from, put together again from what is stored. */
export function toSource(thread: Thread, messages: readonly Message[]): unknown {
  const { format, line, messagesAt } = thread.metadata["source"] as {
    format: string;
    line: object;
    messagesAt: number;
  };
  const field = format === "tau-bench" ? "traj" : "messages";
  return insert(line, messagesAt, field, messages.map(toSourceMessage));
}

function toSourceMessage({ content, metadata }: Message): unknown {
  const { message, contentAt } = metadata["source"] as { message: object; contentAt?: number };
  return contentAt === undefined ? message : insert(message, contentAt, "content", content);
}

function insert(fields: object, at: number, name: string, value: unknown): unknown {
  return Object.fromEntries(Object.entries(fields).toSpliced(at, 0, [name, value]));
}
