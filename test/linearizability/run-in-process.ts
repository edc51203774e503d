import type { Tenant } from "holdfast";
import { runClient } from "./run-client.mjs";
import type { Command, Note } from "./run-client.mjs";

/** Runs all clients at once in this process, and resolves with what they noted. */
export async function runInProcess(tenant: Tenant, clients: readonly (readonly Command[])[]): Promise<readonly Note[]> {
  const lines: string[] = [];
  const origin = process.hrtime.bigint();
  await Promise.all(
    clients.map((commands, client) =>
      runClient(tenant, String(client), commands, origin, (note) => lines.push(JSON.stringify(note))),
    ),
  );
  return lines.map((line) => JSON.parse(line) as Note);
}
