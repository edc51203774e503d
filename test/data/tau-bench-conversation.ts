import type { Message, NewMessage, OpenEvent, SessionEvent } from "holdfast";

/** A trajectory of tau-bench: a user and an assistant with tools, in the OpenAI chat format. */
export interface Trajectory {
  readonly task_id: number;
  readonly trial: number;
  readonly info: { readonly task: { readonly user_id: string } };
  readonly traj: readonly SourceMessage[];
}

export type SourceMessage =
  | { readonly role: "system" | "user"; readonly content: string }
  | { readonly role: "assistant"; readonly content: string | null; readonly tool_calls?: readonly [ToolCall] }
  | { readonly role: "tool"; readonly tool_call_id: string; readonly name: string; readonly content: string };

export interface ToolCall {
  readonly id: string;
  readonly type: "function";
  readonly function: { readonly name: string; readonly arguments: string };
}

/** A trajectory as Holdfast stores it. */
export interface Conversation {
  readonly threadId: string;
  readonly userId: string;
  readonly createdAt: number;
  readonly turns: readonly Turn[];
}

/** What one commit stores: a message of the user, and all that the assistant does until the next. */
export interface Turn {
  readonly operationId: string;
  readonly messages: readonly NewMessage[];
  readonly events: readonly (SessionEvent | OpenEvent)[];
}

/** The conversation of a trajectory. Conversations of a higher `index` are younger. */
export function toConversation({ task_id, trial, info, traj }: Trajectory, index: number): Conversation {
  const threadId = `task-${task_id}/trial-${trial}`;
  const createdAt = index * 1_000;
  const messages = traj.map((source, position) => ({
    ...toNewMessage(source, threadId),
    ...executionOf(traj, position, threadId),
    createdAt: createdAt + position,
  }));
  const begins = traj.flatMap(({ role }, position) => (role === "user" ? [position] : []));
  const turns = begins.map((begin, number) => {
    const [from, to] = [number === 0 ? 0 : begin, begins[number + 1]];
    return {
      operationId: `${threadId}/turn-${number + 1}`,
      messages: messages.slice(from, to),
      events: traj.slice(from, to).flatMap(toEvents),
    };
  });
  return { threadId, userId: info.task.user_id, createdAt, turns };
}

/** What a stored message was made of. */
export function toSource({ role, content, parts: [part] }: Message): SourceMessage {
  switch (role) {
    case "assistant": {
      if (part === undefined) return { role, content: content as string };
      const { toolCallId, toolName, args } = part as { toolCallId: string; toolName: string; args: string };
      const call: ToolCall = { id: toolCallId, type: "function", function: { name: toolName, arguments: args } };
      return { role, content: content as string | null, tool_calls: [call] };
    }
    case "tool": {
      const { toolCallId, toolName } = part as { toolCallId: string; toolName: string };
      return { role, tool_call_id: toolCallId, name: toolName, content: content as string };
    }
    default:
      return { role, content: content as string };
  }
}

/** The execution to which the message at a position belongs: one call of a tool, with its result. */
function executionOf(traj: readonly SourceMessage[], position: number, threadId: string): { executionId?: string } {
  const source = traj[position]!;
  if (source.role === "tool") return { executionId: `${threadId}/call-${position - 1}` };
  return "tool_calls" in source ? { executionId: `${threadId}/call-${position}` } : {};
}

function toNewMessage(source: SourceMessage, threadId: string): NewMessage {
  const { role, content } = source;
  switch (role) {
    case "assistant": {
      const parts = source.tool_calls?.map(({ id: toolCallId, function: { name: toolName, arguments: args } }) => ({
        type: "tool-call",
        toolCallId,
        toolName,
        args,
      }));
      return { threadId, role, content, ...(parts && { parts }) };
    }
    case "tool": {
      const { tool_call_id: toolCallId, name: toolName } = source;
      const part = { type: "tool-result", toolCallId, toolName, result: content, isError: isError(content) };
      return { threadId, role, content, parts: [part] };
    }
    default:
      return { threadId, role, content };
  }
}

function toEvents(source: SourceMessage): (SessionEvent | OpenEvent)[] {
  const { role, content } = source;
  switch (role) {
    case "system":
      return [{ kind: "system_prompt", content }];
    case "user":
      return [{ kind: "user_message", content }];
    case "assistant":
      return [
        ...(content === null ? [] : [{ kind: "assistant_message" as const, content }]),
        ...(source.tool_calls ?? []).map(({ id, function: { name, arguments: args } }) => ({
          kind: "tool_call" as const,
          id,
          name,
          input: JSON.parse(args) as unknown,
        })),
      ];
    case "tool": {
      const { tool_call_id, name } = source;
      return [{ kind: "tool_result", tool_use_id: tool_call_id, name, content, is_error: isError(content) }];
    }
  }
}

function isError(content: string): boolean {
  return content.startsWith("Error");
}
