import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

export const root: string = fileURLToPath(new URL("../..", import.meta.url));
const main = path.join(root, "dist", "cli", "main.js");

export interface RunOptions {
  readonly cwd?: string;
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command line in a process of its own, to its end. */
export async function runCli(words: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const child = startCli(words, options);
  child.stdin!.end(options.input ?? "");
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  const [stdout, stderr, status] = await Promise.all([text(child.stdout!), text(child.stderr!), ended]);
  return { status, stdout, stderr };
}

export function startCli(words: readonly string[], { cwd, env }: RunOptions = {}): ChildProcess {
  const { HOLDFAST_URL: _url, HOLDFAST_DEBUG: _debug, ...inherited } = process.env;
  return spawn(process.execPath, [main, ...words], { cwd, env: { ...inherited, ...env } });
}

/** A folder that is removed at the end of the block. */
export interface TemporaryFolder extends Disposable {
  readonly path: string;
  at(name: string): string;
}

export function temporaryFolder(): TemporaryFolder {
  const folder = mkdtempSync(path.join(tmpdir(), "holdfast-cli-"));
  return {
    path: folder,
    at: (name) => path.join(folder, name),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
