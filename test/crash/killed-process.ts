import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { text } from "node:stream/consumers";

export interface KillPlan {
  /** Lines that the process may print before its time comes. */
  readonly afterLines: number;
  /** Milliseconds from then on. */
  readonly delayMs: number;
}

/** Runs a program of this folder with one argument, kills it without a warning, and resolves with every line it printed. */
export async function runAndKill(program: string, argument: unknown, plan: KillPlan): Promise<readonly string[]> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, program), JSON.stringify(argument)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const errors = text(child.stderr);
  const kill = (): unknown => setTimeout(() => child.kill("SIGKILL"), plan.delayMs);
  let printed = "";
  let isDoomed = plan.afterLines === 0;
  if (isDoomed) kill();
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    printed += chunk;
    if (isDoomed || printed.split("\n").length <= plan.afterLines) return;
    isDoomed = true;
    kill();
  });
  // "close" comes when all that it printed before its death was read; "exit" may come before.
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  if (signal !== "SIGKILL") throw new Error(`${program} ended by itself, with ${signal ?? code}: ${await errors}`);
  return printed.split("\n").slice(0, -1);
}
