import type { MessageRow } from "../../core/rows.js";
import type { Listed } from "../../tables/page.js";
import type { SqlRow } from "./driver.js";
import { toMessage } from "./messages.js";
import { leastBytes, textBytes } from "./page.js";

/** The row, and what counts towards the size of a page. */
export function listedMessage(stored: SqlRow): Omit<Listed<MessageRow, never>, "position"> {
  const row = toMessage(stored);
  return { row, bodies: [row.content, row.parts, row.metadata] };
}

export const messageBodies: readonly string[] = ["content", "parts", "metadata"];

export const messageBytes: string = `${leastBytes("codec", "content")} + ${textBytes("parts")} + ${textBytes("metadata")}`;
