import type { MessageRole, OpenEvent, OpenPart } from "../../contract/index.js";
import { parseStrictJson } from "../../wire/strict-json.js";
import type {
  SourceContent,
  SourceFunction,
  SourceMessage,
  SourceRole,
  SourceToolCall,
  Transcript,
} from "./transcript.js";

/** A message of a transcript in Holdfast's words, without ids. */
export interface MappedMessage {
  readonly role: MessageRole;
  /** As the source has it; absent where the source has none. */
  readonly content?: unknown;
  readonly parts: readonly OpenPart[];
  /** The source message without its content, and where among its fields that stood: with these it can be put together again. */
  readonly metadata: { readonly source: { readonly message: object; readonly contentAt?: number } };
  /** The position of the message that made the tool calls which this one makes or answers. */
  readonly callIndex?: number;
  /** At least one. */
  readonly events: readonly OpenEvent[];
}

/** Maps every message of a transcript, in order. */
export function mapMessages(transcript: Transcript): readonly MappedMessage[] {
  const calls = new OpenCalls();
  return transcript.messages.map((source, index) => {
    const content = source.content;
    return {
      role: roleOf[source.role],
      ...(content === undefined ? {} : { content }),
      metadata: { source: withoutContent(source) },
      ...bodyOf(source, index, calls, transcript.format),
    };
  });
}

type Body = Pick<MappedMessage, "parts" | "callIndex" | "events">;

const roleOf: Readonly<Record<SourceRole, MessageRole>> = {
  system: "system",
  developer: "system",
  user: "user",
  assistant: "assistant",
  tool: "tool",
  function: "tool",
};

function bodyOf(source: SourceMessage, index: number, calls: OpenCalls, format: Transcript["format"]): Body {
  switch (source.role) {
    case "assistant":
      return assistantBody(source, index, calls);
    case "tool":
    case "function":
      return resultBody(source, calls, format);
    case "user":
      return textBody(source, "user_message");
    default:
      return textBody(source, "system_message");
  }
}

function textBody(source: SourceMessage, kind: string): Body {
  return { parts: contentParts(source.content), events: [{ kind, content: source.content ?? "" }] };
}

function assistantBody(source: SourceMessage, index: number, calls: OpenCalls): Body {
  const made = callsOf(source);
  for (const call of made) calls.add(call, index);
  const said = hasContent(source.content) || made.length === 0;
  return {
    parts: [
      ...reasoningParts(source),
      ...(made.length > 0 ? textParts(source.content) : contentParts(source.content)),
      ...made.map(({ id, name, input }) => ({ type: "tool-call", toolCallId: id, toolName: name, args: input })),
    ],
    ...(made.length === 0 ? {} : { callIndex: index }),
    events: [
      ...(said ? [{ kind: "assistant_message", content: source.content ?? "" }] : []),
      ...made.map(({ id, name, input }) => ({ kind: "tool_call", id, name, input })),
    ],
  };
}

function resultBody(source: SourceMessage, calls: OpenCalls, format: Transcript["format"]): Body {
  const id = source.role === "function" ? source.name! : source.tool_call_id!;
  const call = calls.answer(id);
  const name = source.name ?? call?.name ?? "";
  const content = source.content ?? "";
  // Only tau-bench says so in words; in the OpenAI format a result that begins with "Error" may be a good one.
  const isError = format === "tau-bench" && typeof content === "string" && content.startsWith("Error");
  return {
    parts: [{ type: "tool-result", toolCallId: id, toolName: name, result: content, ...(isError ? { isError } : {}) }],
    ...(call === undefined ? {} : { callIndex: call.index }),
    events: [{ kind: "tool_result", tool_use_id: id, name, content, ...(isError ? { is_error: true } : {}) }],
  };
}

interface Call {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

function callsOf(source: SourceMessage): readonly Call[] {
  const calls = (source.tool_calls ?? []).map(toCall);
  const legacy = source.function_call;
  return legacy === undefined || legacy === null
    ? calls
    : [...calls, { id: legacy.name, name: legacy.name, input: argumentsOf(legacy) }];
}

function toCall(call: SourceToolCall): Call {
  if (call.custom !== undefined) return { id: call.id, name: call.custom.name, input: call.custom.input };
  return { id: call.id, name: call.function!.name, input: argumentsOf(call.function!) };
}

/** The arguments as a value. Text that is no JSON, as models do produce, stays text. */
function argumentsOf(called: SourceFunction): unknown {
  if (typeof called.arguments !== "string") return called.arguments;
  try {
    return parseStrictJson(called.arguments);
  } catch {
    return called.arguments;
  }
}

function reasoningParts(source: SourceMessage): readonly OpenPart[] {
  const reasoning = source["reasoning_content"];
  return typeof reasoning === "string" && reasoning !== "" ? [{ type: "reasoning", text: reasoning }] : [];
}

/** Text that stands alone needs no part: it is the content. */
function contentParts(content: SourceContent | null | undefined): readonly OpenPart[] {
  return Array.isArray(content) ? content.map(toPart) : [];
}

function textParts(content: SourceContent | null | undefined): readonly OpenPart[] {
  if (typeof content === "string" && content !== "") return [{ type: "text", text: content }];
  return contentParts(content);
}

type SourcePart = Exclude<SourceContent, string>[number];

function toPart(part: SourcePart, index: number): OpenPart {
  const image =
    part.type === "image_url" ? (part["image_url"] as { readonly url?: unknown } | null | undefined) : undefined;
  if (typeof image?.url !== "string") return part;
  // A data URL holds the whole image, which the content has already.
  const url = image.url.startsWith("data:") ? {} : { url: image.url };
  return { type: "image", imageId: `content[${index}]`, ...url };
}

function hasContent(content: SourceContent | null | undefined): boolean {
  return content !== undefined && content !== null && content.length > 0;
}

function withoutContent(source: SourceMessage): MappedMessage["metadata"]["source"] {
  const contentAt = Object.keys(source).indexOf("content");
  const message = Object.fromEntries(Object.entries(source).filter(([name]) => name !== "content"));
  return contentAt === -1 ? { message } : { message, contentAt };
}

/** Tool calls by id. An id may be called again: a result belongs to the last call of its id that has none yet. */
class OpenCalls {
  readonly #open = new Map<string, { readonly index: number; readonly name: string }[]>();

  add({ id, name }: Call, index: number): void {
    const same = this.#open.get(id);
    if (same === undefined) this.#open.set(id, [{ index, name }]);
    else same.push({ index, name });
  }

  answer(id: string): { readonly index: number; readonly name: string } | undefined {
    return this.#open.get(id)?.pop();
  }
}
