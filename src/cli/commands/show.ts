import { Command } from "commander";
import { HoldfastError } from "../../contract/index.js";
import type { Message, MessagePart, Thread } from "../../contract/index.js";
import { displayText } from "../display-text.js";
import { displayTime } from "../display-time.js";
import { displayValue } from "../display-value.js";
import { withExample } from "../example.js";
import { print } from "../output.js";
import { openExistingStore, withStoreOption } from "../store-option.js";
import type { StoreOption } from "../store-option.js";
import { toJson } from "../to-json.js";

interface Options extends StoreOption {
  readonly tenant: string;
  readonly includeDeleted?: boolean;
  readonly json?: boolean;
}

export function showCommand(): Command {
  const command = new Command("show")
    .description("Show a thread with all its messages. Times are UTC.")
    .argument("<thread>", "id of the thread")
    .requiredOption("--tenant <tenant>", "whose thread it is")
    .option("--include-deleted", "also what is soft-deleted")
    .option("--json", "print one JSON document: { thread, messages }")
    .action(showThread);
  return withExample(withStoreOption(command), "holdfast show 0190c5a2-7f3e-7c1d-8a44-2b6d1f0e9c35 --tenant acme");
}

async function showThread(threadId: string, options: Options): Promise<void> {
  await using db = await openExistingStore(options);
  const { messages } = db.tenant(options.tenant);
  const seen = { includeDeleted: options.includeDeleted ?? false };
  const thread = await messages.getThread(threadId, seen);
  if (thread === undefined) {
    throw new HoldfastError(
      "NOT_FOUND",
      `tenant ${JSON.stringify(options.tenant)} has no thread ${JSON.stringify(threadId)}.`,
    );
  }
  if (options.json) {
    const all: Message[] = [];
    for await (const message of messages.listMessages(threadId, seen)) all.push(message);
    await print(toJson({ thread, messages: all }));
    return;
  }
  for (const line of head(thread)) await print(line);
  let number = 0;
  for await (const message of messages.listMessages(threadId, seen)) {
    for (const line of body(message, ++number)) await print(line);
  }
}

function head(thread: Thread): readonly string[] {
  return [
    `Thread   ${displayText(thread.id)}`,
    `User     ${displayText(thread.userId)}`,
    ...(thread.title === undefined ? [] : [`Title    ${displayValue(thread.title)}`]),
    `Created  ${displayTime(thread.createdAt)}`,
    `Updated  ${displayTime(thread.updatedAt)}`,
    ...(thread.deletedAt === undefined ? [] : [`Deleted  ${displayTime(thread.deletedAt)}`]),
  ];
}

function body(message: Message, number: number): readonly string[] {
  const notes = [
    ...(message.executionId === undefined ? [] : [`execution ${displayText(message.executionId)}`]),
    ...(message.updatedAt === undefined ? [] : [`edited ${displayTime(message.updatedAt)}`]),
    ...(message.deletedAt === undefined ? [] : [`deleted ${displayTime(message.deletedAt)}`]),
  ];
  return [
    "",
    [`[${number}] ${message.role}`, displayTime(message.createdAt), ...notes].join("  "),
    ...[...contentOf(message), ...message.parts.map(partOf)].filter((text) => text !== "").map(indent),
  ];
}

/** The content, unless there is none or the parts say it too. */
function contentOf({ content, parts }: Message): readonly string[] {
  const isInParts =
    parts.some(({ type }) => type === "text" || type === "tool-result") || (parts.length > 0 && Array.isArray(content));
  return content === null || isInParts ? [] : [displayValue(content)];
}

function partOf(part: MessagePart): string {
  const fields = part as Readonly<Record<string, unknown>>;
  switch (part.type) {
    case "text":
      return displayValue(fields["text"]);
    case "reasoning":
      return `(reasoning) ${displayValue(fields["text"])}`;
    case "tool-call":
      return `→ ${displayValue(fields["toolName"])} ${displayValue(fields["args"])}`;
    case "tool-result":
      return `${fields["isError"] === true ? "✗" : "←"} ${displayValue(fields["toolName"])} ${displayValue(fields["result"])}`;
    default:
      return displayValue(part);
  }
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "    ");
}
