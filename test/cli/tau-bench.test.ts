import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { open } from "holdfast";
import type { Message, Tenant } from "holdfast";
import { describe, expect, it } from "vitest";
import { importFile } from "../../dist/cli/import/import-file.js";
import { openSource } from "../../dist/cli/import/source-file.js";
import { root, runCli, temporaryFolder } from "./run-cli.js";
import { toSource } from "./to-source.js";

const shared = process.env["HOLDFAST_SHARED_DATA"] ?? path.join(root, "..", "shared", "data");
const file = path.join(shared, "tau-bench", "gpt-4o-airline.tasks00-24.jsonl.gz");

describe.skipIf(!existsSync(file))("importing tau-bench (skipped where shared/data is absent)", () => {
  it("keeps all 100 trajectories in sqlite:, and adds nothing the second time", async () => {
    using folder = temporaryFolder();
    const words = ["import", file, "--tenant", "airline", "--json"];
    expect(JSON.parse((await runCli(words, { cwd: folder.path })).stdout)).toMatchObject(everythingNew);
    expect(JSON.parse((await runCli(words, { cwd: folder.path })).stdout)).toMatchObject(nothingNew);
    await using db = await open(`sqlite:${folder.at("holdfast.db")}`);
    await expectEverything(db.tenant("airline"));
  });

  it("keeps all 100 trajectories in memory:, and adds nothing the second time", async () => {
    await using db = await open("memory:");
    const tenant = db.tenant("airline");
    const options = { tenantId: tenant.id, userId: undefined, onSkip: refuse, onRead: () => undefined };
    await using source = await openSource(file);
    expect(await importFile(source, tenant, new Map(), options)).toMatchObject(everythingNew);
    expect(await importFile(source, tenant, new Map(), options)).toMatchObject(nothingNew);
    await expectEverything(tenant);
  });
});

const everythingNew = { conversations: 100, added: 100, alreadyThere: 0, skipped: 0, messages: 2962, events: 3007 };
const nothingNew = { conversations: 100, added: 0, alreadyThere: 100, skipped: 0, messages: 0, events: 0 };

async function expectEverything(tenant: Tenant): Promise<void> {
  const lines = gunzipSync(readFileSync(file))
    .toString("utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.stringify(JSON.parse(line)));
  const stored = await readBack(tenant);
  expect(new Set(stored.lines)).toEqual(new Set(lines));
  expect(stored).toMatchObject({ users: 21, toolCalls: 621, toolErrors: 63 });
  // A call and its result are one execution, though tool call ids repeat.
  expect(stored.executionSizes).toEqual(new Map([[2, 621]]));
}

async function readBack(tenant: Tenant): Promise<{
  readonly lines: readonly string[];
  readonly users: number;
  readonly toolCalls: number;
  readonly toolErrors: number;
  readonly executionSizes: ReadonlyMap<number, number>;
}> {
  const lines: string[] = [];
  const messages: Message[] = [];
  let users = 0;
  for await (const user of tenant.listUsers()) {
    users++;
    for await (const thread of tenant.messages.listThreads(user)) {
      const { items } = await tenant.messages.listMessages(thread.id, { limit: 1000 });
      lines.push(JSON.stringify(toSource(thread, items)));
      messages.push(...items);
    }
  }
  const parts = messages.flatMap((message) => message.parts);
  const byExecution = countBy(messages.flatMap(({ executionId }) => executionId ?? []));
  const executionSizes = countBy([...byExecution.values()]);
  return {
    lines,
    users,
    toolCalls: parts.filter(({ type }) => type === "tool-call").length,
    toolErrors: parts.filter((part) => "isError" in part && part.isError === true).length,
    executionSizes,
  };
}

function countBy<T>(items: readonly T[]): ReadonlyMap<T, number> {
  const counts = new Map<T, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

function refuse(error: Error): never {
  throw error;
}
