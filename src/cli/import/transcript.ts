import { describe, invalid, propertyPath } from "../../core/arguments.js";
import { parseStrictJson } from "../../wire/strict-json.js";

/** One conversation as a line of the file holds it, checked. */
export interface Transcript {
  readonly format: "openai" | "tau-bench";
  /** The id that the line gives the conversation. */
  readonly id?: string;
  readonly userId?: string;
  readonly title?: unknown;
  readonly messages: readonly SourceMessage[];
  /** The line without its messages, and where among its fields they stood. */
  readonly line: Readonly<Record<string, unknown>>;
  readonly messagesAt: number;
}

/** A chat message in the OpenAI format, with whatever else it carries. */
export interface SourceMessage {
  readonly role: SourceRole;
  readonly content?: SourceContent | null;
  readonly tool_calls?: readonly SourceToolCall[] | null;
  /** What `tool_calls` replaced. */
  readonly function_call?: SourceFunction | null;
  readonly tool_call_id?: string;
  readonly name?: string;
  readonly [field: string]: unknown;
}

export type SourceRole = "system" | "developer" | "user" | "assistant" | "tool" | "function";

export type SourceContent = string | readonly { readonly type: string; readonly [field: string]: unknown }[];

export interface SourceToolCall {
  readonly id: string;
  readonly function?: SourceFunction;
  /** A tool that takes free text instead of JSON. */
  readonly custom?: { readonly name: string; readonly input: string };
}

export interface SourceFunction {
  readonly name: string;
  /** JSON as text, as the API has it, or already parsed. */
  readonly arguments: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads one line. `INVALID_ARGUMENT` with the path of what is wrong in it, such as `messages[3].role`. */
export function readTranscript(text: string): Transcript {
  const line = object(parseStrictJson(text, "it"), "it");
  const isTrajectory = !("messages" in line) && "traj" in line;
  const messagesField = isTrajectory ? "traj" : "messages";
  const messages = line[messagesField];
  if (!Array.isArray(messages))
    throw invalid(messagesField, `must be an array of chat messages; got ${describe(messages)}.`);
  messages.forEach((message, index) => checkMessage(message, `${messagesField}[${index}]`));

  const rest = Object.fromEntries(Object.entries(line).filter(([name]) => name !== messagesField));
  const stored = {
    messages: messages as SourceMessage[],
    line: rest,
    messagesAt: Object.keys(line).indexOf(messagesField),
  };
  return isTrajectory
    ? { format: "tau-bench", ...trajectoryHeader(line), ...stored }
    : { format: "openai", ...chatHeader(line), ...stored };
}

function chatHeader(line: Fields): Pick<Transcript, "id" | "userId" | "title"> {
  return {
    ...optionalText(line, "id", "id"),
    ...optionalText(line, "user_id", "userId"),
    ...(line["title"] === undefined || line["title"] === null ? {} : { title: line["title"] }),
  };
}

function trajectoryHeader(line: Fields): Pick<Transcript, "userId" | "title"> {
  const info = object(line["info"] ?? {}, "info");
  const task = object(info["task"] ?? {}, "info.task");
  const { task_id: number, trial } = line;
  const isNumbered = typeof number === "number" && typeof trial === "number";
  const title = isNumbered ? { title: `task ${number}, trial ${trial}` } : {};
  return { ...optionalText(task, "user_id", "userId", "info.task.user_id"), ...title };
}

function optionalText<Name extends string>(
  fields: Fields,
  field: string,
  name: Name,
  path: string = field,
): { [N in Name]?: string } {
  const value = fields[field];
  if (value === undefined || value === null) return {};
  return { [name]: text(value, path) } as { [N in Name]?: string };
}

const roles: readonly string[] = [
  "system",
  "developer",
  "user",
  "assistant",
  "tool",
  "function",
] satisfies SourceRole[];

function checkMessage(value: unknown, path: string): void {
  const message = object(value, path);
  const role = message["role"];
  if (typeof role !== "string" || !roles.includes(role)) {
    throw invalid(`${path}.role`, `must be one of ${roles.join(", ")}; got ${describe(role)}.`);
  }
  checkContent(message["content"], `${path}.content`);
  if (role === "tool") text(message["tool_call_id"], `${path}.tool_call_id`);
  if (role === "function") text(message["name"], `${path}.name`);
  else if (message["name"] !== undefined && message["name"] !== null) text(message["name"], `${path}.name`);
  if (role === "assistant") checkCalls(message, path);
}

function checkContent(content: unknown, path: string): void {
  if (content === undefined || content === null || typeof content === "string") return;
  if (!Array.isArray(content))
    throw invalid(path, `must be text, an array of content parts, or null; got ${describe(content)}.`);
  content.forEach((value, index) => {
    const part = object(value, `${path}[${index}]`);
    if (text(part["type"], `${path}[${index}].type`) === "text") text(part["text"], `${path}[${index}].text`);
  });
}

function checkCalls(message: Fields, path: string): void {
  const calls = message["tool_calls"] ?? [];
  if (!Array.isArray(calls)) throw invalid(`${path}.tool_calls`, `must be an array; got ${describe(calls)}.`);
  calls.forEach((value, index) =>
    checkCall(object(value, `${path}.tool_calls[${index}]`), `${path}.tool_calls[${index}]`),
  );
  const legacy = message["function_call"];
  if (legacy !== undefined && legacy !== null) checkFunction(legacy, `${path}.function_call`);
}

function checkCall(call: Fields, path: string): void {
  text(call["id"], `${path}.id`);
  if (call["custom"] === undefined) return checkFunction(call["function"], `${path}.function`);
  const custom = object(call["custom"], `${path}.custom`);
  text(custom["name"], `${path}.custom.name`);
  text(custom["input"], `${path}.custom.input`);
}

function checkFunction(value: unknown, path: string): void {
  const called = object(value, path);
  text(called["name"], `${path}.name`);
  if (called["arguments"] === undefined)
    throw invalid(propertyPath(path, "arguments"), "must be given: the arguments of the call, as JSON text.");
}

function object(value: unknown, path: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw invalid(path, `must be an object; got ${describe(value)}.`);
}

function text(value: unknown, path: string): string {
  if (typeof value === "string") return value;
  throw invalid(path, `must be a string; got ${describe(value)}.`);
}
