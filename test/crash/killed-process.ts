import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { environment } from "./crash-run.js";

/** A process that ends only when it is killed. */
export interface KilledProcess {
  /** What it has printed so far, line by line. */
  readonly lines: readonly string[];
  /** Resolves once it has printed so many lines, or has ended. */
  printed(count: number): Promise<void>;
  /** Kills it without a warning, and resolves with every line that it printed. Throws where it had ended by itself. */
  kill(): Promise<readonly string[]>;
}

export interface KillPlan {
  /** Lines that the process may print before its time comes. */
  readonly afterLines: number;
  /** Milliseconds from then on. */
  readonly delayMs: number;
}

/** Starts a program of the folder `programs` with one argument. */
export function startProcess(program: string, argument: unknown): KilledProcess {
  const file = path.join(import.meta.dirname, "programs", program);
  const child = spawn(process.execPath, [file, JSON.stringify(argument)], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...(typeof environment === "object" && environment) },
  });
  const errors = text(child.stderr);
  const lines: string[] = [];
  let rest = "";
  let look: (() => void) | undefined;
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    const printed = (rest + chunk).split("\n");
    rest = printed.pop() ?? "";
    lines.push(...printed);
    look?.();
  });
  // "close" comes when all that it printed before its death was read; "exit" may come before.
  const ended = once(child, "close").then(([code, signal]) => {
    look?.();
    return String(signal ?? code);
  });
  return {
    lines,
    async printed(count) {
      while (lines.length < count && child.exitCode === null && child.signalCode === null) {
        await new Promise<void>((resolve) => {
          look = resolve;
        });
      }
    },
    async kill() {
      child.kill("SIGKILL");
      const end = await ended;
      if (end !== "SIGKILL") throw new Error(`${program} ended by itself, with ${end}: ${await errors}`);
      return lines;
    },
  };
}

/** Runs a program until its time has come, and resolves with every line that it printed. */
export async function runAndKill(program: string, argument: unknown, plan: KillPlan): Promise<readonly string[]> {
  const killed = startProcess(program, argument);
  await killed.printed(plan.afterLines);
  await pause(plan.delayMs);
  return killed.kill();
}
