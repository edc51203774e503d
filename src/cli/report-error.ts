import { HoldfastError } from "../contract/index.js";
import { displayText } from "./display-text.js";
import { warn } from "./output.js";

/** What the process ends with. */
export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const;

/** Says on standard error, in one line, what went wrong. With `HOLDFAST_DEBUG=1` the stack follows. */
export function reportError(error: unknown): void {
  const code = error instanceof HoldfastError ? error.code : "INTERNAL";
  const message = error instanceof Error ? error.message : String(error);
  warn(`holdfast: ${code}: ${displayText(message)}${pathOf(error, message)}${wayOut(code)}`);
  if (process.env["HOLDFAST_DEBUG"] === "1")
    warn(error instanceof Error ? displayText(stackOf(error), { multiline: true }) : String(error));
  else if (code === "INTERNAL") warn("holdfast: this is a defect; HOLDFAST_DEBUG=1 shows where it happened.");
}

/** Says in one line how the command line was wrong. */
export function reportUsage(message: string): void {
  const line = message.replace(/^error: /, "").replaceAll(/\s*\n\s*/g, " ");
  warn(`holdfast: INVALID_ARGUMENT: ${displayText(line)} (--help says how)`);
}

function wayOut(code: string): string {
  return code === "UNAUTHENTICATED" ? " Say who is calling with --token, or in the environment's HOLDFAST_TOKEN." : "";
}

function pathOf(error: unknown, message: string): string {
  const path = error instanceof HoldfastError ? error.details.path : undefined;
  return path === undefined || message.includes(path) ? "" : ` (at ${displayText(path)})`;
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}
