import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { startCli } from "./run-cli.js";
import type { RunOptions } from "./run-cli.js";

/** A server in a process of its own. */
export interface ServerProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly port: number;
  /** What it has printed, once `count` lines are there. */
  lines(count: number): Promise<readonly string[]>;
  /** What it has said on standard error so far. */
  complaints(): readonly string[];
  /** Waits until it has said so on standard error. */
  said(words: string): Promise<void>;
  /** How it ended: its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

/** Starts `holdfast serve` on any port, and resolves once it says where. */
export async function startServer(words: readonly string[], options: RunOptions = {}): Promise<ServerProcess> {
  const env = { HOLDFAST_PORT: "0", ...options.env };
  return watchServer(startCli(["serve", ...words], { ...options, env }));
}

export async function watchServer(child: ChildProcess): Promise<ServerProcess> {
  const printed = collect(child.stdout!);
  const complaints = collect(child.stderr!);
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.on("exit", (code, signal) => resolve(code ?? signal)),
  );
  const failed = ended.then(async (status) => {
    throw new Error(`the server ended with ${status}: ${complaints.all().join("\n")}`);
  });
  failed.catch(() => undefined);
  const address = /(?:localhost|127\.0\.0\.1):(\d+)/;
  await Promise.race([printed.until((lines) => lines.some((line) => address.test(line))), failed]);
  const port = Number(address.exec(printed.all().join("\n"))?.[1]);
  return {
    child,
    port,
    ended,
    lines: printed.lines,
    complaints: complaints.all,
    said: (words) => complaints.until((lines) => lines.some((said) => said.includes(words))),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

interface Collected {
  all(): readonly string[];
  until(condition: (lines: readonly string[]) => boolean): Promise<void>;
  lines(count: number): Promise<readonly string[]>;
}

function collect(stream: NodeJS.ReadableStream): Collected {
  const lines: string[] = [];
  const watchers = new Set<() => void>();
  createInterface({ input: stream }).on("line", (line) => {
    lines.push(line);
    for (const watcher of watchers) watcher();
  });
  const until = (condition: (lines: readonly string[]) => boolean): Promise<void> =>
    new Promise((resolve) => {
      const watcher = (): void => {
        if (condition(lines)) resolve();
      };
      watchers.add(watcher);
      watcher();
    });
  return { all: () => lines, until, lines: (count) => until(() => lines.length >= count).then(() => lines) };
}
