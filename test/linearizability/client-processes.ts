import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Command, Note } from "./run-client.mjs";
import type { SharedStore } from "./shared-stores.js";

/** Runs all clients at once on one store, spread over so many processes, and resolves with what they noted. */
export async function runInProcesses(
  store: SharedStore,
  clients: readonly (readonly Command[])[],
  processes: number,
): Promise<readonly Note[]> {
  const origin = String(process.hrtime.bigint());
  const noteFiles = Array.from({ length: processes }, (_, index) => path.join(store.folder, `notes-${index}`));
  const children = noteFiles.map((file) => {
    const argument = JSON.stringify({ url: store.url, options: store.options, file, origin });
    return fork(path.join(import.meta.dirname, "client-process.mjs"), [argument]);
  });
  const ended = children.map(end);
  try {
    await Promise.all(children.map((child, index) => Promise.race([once(child, "message"), ended[index]])));
    for (const [index, child] of children.entries()) child.send(shareOf(clients, index, processes));
    await Promise.all(ended);
  } finally {
    for (const child of children) child.kill();
  }
  return (await Promise.all(noteFiles.map(readNotes))).flat();
}

/** The clients of one of the processes, by name. */
function shareOf(
  clients: readonly (readonly Command[])[],
  index: number,
  processes: number,
): Readonly<Record<string, readonly Command[]>> {
  const named = clients.map((commands, client) => [client, commands] as const);
  return Object.fromEntries(named.filter(([client]) => client % processes === index));
}

/** Resolves when the process has done its work, or was killed in the midst of it. */
async function end(child: ChildProcess): Promise<void> {
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
  if (code !== 0 && signal !== "SIGKILL") throw new Error(`A process with clients ended with ${signal ?? code}.`);
}

async function readNotes(file: string): Promise<readonly Note[]> {
  const lines = (await readFile(file, "utf8")).split("\n");
  return lines.slice(0, -1).map((line) => JSON.parse(line) as Note);
}
