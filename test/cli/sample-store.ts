import { open } from "holdfast";
import type { Tenant } from "holdfast";
import { runCli, temporaryFolder } from "./run-cli.js";
import type { TemporaryFolder } from "./run-cli.js";

/** The tenants of a store that `fillStore` filled, in their order. */
export const sampleTenants = ["acme", "日本語/..", "\u001b[31mred"] as const;

/** Fills a store with some of everything that a tenant can hold, for each of `sampleTenants`. */
export async function fillStore(url: string): Promise<void> {
  await using db = await open(url);
  for (const name of sampleTenants) await fillTenant(db.tenant(name));
}

/** An export of such a store. */
export async function sampleExport(): Promise<string> {
  using folder = temporaryFolder();
  await fillStore(`sqlite:${folder.at("holdfast.db")}`);
  return (await runCli(["export"], { cwd: folder.path })).stdout;
}

/** A folder with a store made of an export. This process never had it open: some drivers let go of a file late. */
export async function folderWith(sample: string): Promise<TemporaryFolder> {
  const folder = temporaryFolder();
  await runCli(["import", "-"], { cwd: folder.path, input: sample });
  return folder;
}

async function fillTenant(tenant: Tenant): Promise<void> {
  await fillMessages(tenant);
  const { state, kv, log } = tenant;
  for (const confidence of [0.25, 0.5, 1]) {
    await state.upsertLatest({
      userId: "ana",
      source: "mixed",
      confidence,
      axes: { calm: 0.125 },
      data: { confidence },
    });
  }
  await state.upsertLatest({ userId: "bo", source: "self_report" });
  await kv.put(["prefs", "ana"], "tone", "brief", { userId: "ana", ttlMs: 1_000_000_000 });
  await kv.put([], "odd \u2028 key", JSON.parse('{"__proto__":{"x":1},"b":-0.5,"n":12345678901234567000}'));
  await kv.put(["bytes"], "b", new Uint8Array([0, 255, 10, 13]));
  await log.append("t1", [
    { kind: "user_message", content: "a\nb\u0000" },
    { kind: "odd", a: [null, { deep: "\ud800" }] },
  ]);
  await log.append("t1", [{ kind: "x" }]);
  await log.archiveBefore("t1", 2);
  await log.append("no thread", [{ kind: "y" }], { userId: "cy" });
}

async function fillMessages({ messages }: Tenant): Promise<void> {
  await messages.createThread({ id: "t1", userId: "ana", title: { text: "Refund" }, metadata: { a: 1 } });
  const { id: parentId } = await messages.createMessage({ threadId: "t1", role: "user", content: null });
  await messages.createMessage({
    threadId: "t1",
    role: "assistant",
    content: new Uint8Array([1, 2, 3]),
    parts: [{ type: "tool-call", toolCallId: "c1", toolName: "lookup", args: { order: 7 } }],
    parentId,
    parentType: "user_message",
    executionId: "e1",
    authorId: "model",
    metadata: { k: "v" },
  });
  await messages.updateMessage(parentId, { content: "edited" });
  const { id: removed } = await messages.createMessage({ threadId: "t1", role: "user", content: "removed" });
  await messages.deleteMessage(removed);
  await messages.createThread({ id: "gone", userId: "bo" });
  await messages.deleteThread("gone");
}
