import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { open } from "holdfast";
import type { Message, Tenant, Thread } from "holdfast";
import { describe, expect, it } from "vitest";
import { runCli, temporaryFolder } from "./run-cli.js";
import type { Ran, RunOptions } from "./run-cli.js";
import { toSource } from "./to-source.js";

type Folder = ReturnType<typeof temporaryFolder>;

const say = (content: string, role = "user"): object => ({ role, content });
const chat = (id: string | undefined, ...messages: readonly object[]): string =>
  JSON.stringify({ ...(id === undefined ? {} : { id }), user_id: "u1", messages });

async function importText(folder: Folder, text: string | Uint8Array, more: readonly string[] = []): Promise<Ran> {
  writeFileSync(folder.at("chats.jsonl"), text);
  return runCli(["import", "chats.jsonl", "--tenant", "acme", "--json", ...more], { cwd: folder.path });
}

async function inStore<T>(folder: Folder, look: (tenant: Tenant) => Promise<T>): Promise<T> {
  await using db = await open(`sqlite:${folder.at("holdfast.db")}`);
  return await look(db.tenant("acme"));
}

async function all(
  tenant: Tenant,
): Promise<
  readonly { readonly thread: Thread; readonly messages: readonly Message[]; readonly kinds: readonly string[] }[]
> {
  const found = [];
  for await (const user of tenant.listUsers()) {
    for await (const thread of tenant.messages.listThreads(user, { orderBy: "createdAt", order: "asc" })) {
      const { items: messages } = await tenant.messages.listMessages(thread.id, { limit: 1000 });
      const { items: entries } = await tenant.log.loadSince(thread.id, 0, { limit: 1000 });
      found.push({ thread, messages, kinds: entries.map(({ event }) => event.kind) });
    }
  }
  return found;
}

function counts({ stdout }: Ran): Record<string, unknown> {
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe("import", () => {
  it("stores a conversation so that the whole line comes back", async () => {
    using folder = temporaryFolder();
    const line = {
      model: "m-1",
      messages: [
        { content: "Be kind.", role: "developer", weight: 0 },
        {
          role: "user",
          content: [
            { type: "text", text: "Hi \u0000\ud800 \u2028" },
            { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
          ],
        },
        {
          tool_calls: [{ index: 0, function: { arguments: '{ "a" : 1 }', name: "f" }, id: "c", type: "function" }],
          role: "assistant",
        },
        { role: "tool", tool_call_id: "c", content: "7" },
        { role: "assistant", content: null, refusal: "No." },
      ],
      title: { text: "A title" },
      user_id: "auth0|x",
      extra: [1, { deep: null }],
    };
    const text = JSON.stringify(line).replace('"extra"', '"__proto__":{"x":1},"extra"');
    expect(await importText(folder, text)).toMatchObject({ status: 0, stderr: "" });
    const [found, ...others] = await inStore(folder, all);
    expect(others).toEqual([]);
    expect(found!.thread).toMatchObject({ userId: "auth0|x", title: { text: "A title" } });
    expect(found!.kinds).toEqual(["system_message", "user_message", "tool_call", "tool_result", "assistant_message"]);
    expect(found!.messages[2]!.executionId).toBe(found!.messages[3]!.executionId);
    expect(JSON.stringify(toSource(found!.thread, found!.messages))).toBe(text);
  });

  it("adds nothing the second time, whatever the file is called", async () => {
    using folder = temporaryFolder();
    const text = [
      chat(undefined, say("a")),
      chat(undefined, say("a")),
      chat("own", say("b"), say("c", "assistant")),
      chat(undefined),
    ].join("\n");
    expect(counts(await importText(folder, text))).toMatchObject({
      conversations: 4,
      added: 4,
      alreadyThere: 0,
      messages: 4,
      events: 4,
    });
    const before = await inStore(folder, all);
    expect(before).toHaveLength(4);

    const again = await runCli(["import", "-", "--tenant", "acme", "--json"], {
      cwd: folder.path,
      input: gzipSync(text),
    });
    expect(counts(again)).toMatchObject({
      file: "standard input",
      conversations: 4,
      added: 0,
      alreadyThere: 4,
      messages: 0,
      events: 0,
    });
    expect(await inStore(folder, all)).toEqual(before);
  });

  it("says for people what it did", async () => {
    using folder = temporaryFolder();
    writeFileSync(folder.at("chats.jsonl"), chat(undefined, say("a")));
    const words: readonly [readonly string[], RunOptions] = [
      ["import", "chats.jsonl", "--tenant", "acme"],
      { cwd: folder.path },
    ];
    expect((await runCli(...words)).stdout).toContain("1 new, 0 already there");
    expect((await runCli(...words)).stdout).toContain("0 new, 1 already there");
  });

  it("goes on where an import was interrupted", async () => {
    using folder = temporaryFolder();
    const messages = Array.from({ length: 1300 }, (_, index) => say(`message ${index}`));
    await importText(folder, chat("long", ...messages.slice(0, 700)));
    const report = counts(await importText(folder, chat("long", ...messages)));
    expect(report).toMatchObject({ added: 1, messages: 600, events: 600 });
    const contents = await inStore(folder, async ({ messages: store }) => {
      const found: unknown[] = [];
      for await (const { content } of store.listMessages("long")) found.push(content);
      return found;
    });
    expect(contents).toEqual(messages.map((message) => (message as { content: string }).content));
  });

  it("adds nothing to a conversation that went on in the store", async () => {
    using folder = temporaryFolder();
    const text = chat("t", say("a"));
    await importText(folder, text);
    await inStore(folder, async ({ messages, log }) => {
      await messages.createMessage({ threadId: "t", role: "user", content: "more" });
      await log.append("t", [{ kind: "user_message", content: "more" }]);
    });
    expect(counts(await importText(folder, text))).toMatchObject({ added: 0, alreadyThere: 1 });
  });

  it.each([
    ["another conversation", chat("t", say("x"), say("y"))],
    ["another user", JSON.stringify({ id: "t", user_id: "u2", messages: [say("a")] })],
  ])("refuses an id that the store has for %s", async (_, line) => {
    using folder = temporaryFolder();
    await importText(folder, chat("t", say("a")));
    const before = await inStore(folder, all);
    expect(await importText(folder, line)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("CONFLICT: line 1:"),
    });
    expect(await inStore(folder, all)).toEqual(before);
  });

  it("keeps what large messages say, in more than one commit", async () => {
    using folder = temporaryFolder();
    const large = Array.from({ length: 12 }, (_, index) => say(`${index}${"é".repeat(500_000)}`));
    expect(await importText(folder, chat("large", ...large))).toMatchObject({ status: 0, stderr: "" });
    const [found] = await inStore(folder, async (tenant) => [await tenant.messages.countMessages("large")]);
    expect(found).toBe(12);
  });

  it("takes --user for the lines that name none", async () => {
    using folder = temporaryFolder();
    await importText(folder, `${chat("a", say("a"))}\n{"id":"b","messages":[]}`, ["--user", "u9"]);
    expect((await inStore(folder, all)).map(({ thread }) => [thread.id, thread.userId])).toEqual([
      ["a", "u1"],
      ["b", "u9"],
    ]);
  });
});

describe("a file with a bad line", () => {
  const bad = [
    chat("a", say("a")),
    chat("b", say("b", "robot")),
    "{",
    chat("c", say("x".repeat(1_100_000))),
    '{"messages":[]}',
    chat("d", say("d")),
  ].join("\n");

  it("is not imported, not even in part", async () => {
    using folder = temporaryFolder();
    const { status, stdout, stderr } = await importText(folder, bad);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(
      /^holdfast: INVALID_ARGUMENT: line 2: messages\[0\]\.role .*\(and 3 more bad lines\)[^\n]*\n$/,
    );
    const { stderr: after } = await runCli(["stats"], { cwd: folder.path });
    expect(after).toContain("NOT_FOUND");
  });

  it("is imported without its bad lines with --skip-invalid", async () => {
    using folder = temporaryFolder();
    const ran = await importText(folder, bad, ["--skip-invalid"]);
    expect(ran.status).toBe(0);
    expect(counts(ran)).toMatchObject({ conversations: 6, added: 2, skipped: 4 });
    expect(ran.stderr.split("\n").map((line) => /line \d+/.exec(line)?.[0])).toEqual([
      "line 2",
      "line 3",
      "line 4",
      "line 5",
      undefined,
    ]);
    expect(ran.stderr).toContain("line 4: messages[0].content is too large");
    expect((await inStore(folder, all)).map(({ thread }) => thread.id)).toEqual(["a", "d"]);
  });

  it.each([
    ["a JSON array", JSON.stringify([JSON.parse(chat("a", say("a")))], undefined, 2)],
    ["one JSON document over several lines", JSON.stringify(JSON.parse(chat("a", say("a"))), undefined, 2)],
  ])("that is %s is told how to become JSON lines", async (what, text) => {
    using folder = temporaryFolder();
    const { status, stderr } = await importText(folder, text, ["--skip-invalid"]);
    expect(status).toBe(1);
    expect(stderr).toContain(what);
    expect(stderr).toContain("jq -c");
  });

  it("that is a broken gzip is refused", async () => {
    using folder = temporaryFolder();
    const { status, stderr } = await importText(folder, gzipSync(chat("a", say("a"))).subarray(0, 30));
    expect(status).toBe(1);
    expect(stderr).toMatch(/^holdfast: INVALID_ARGUMENT: chats\.jsonl cannot be decompressed[^\n]*\n$/);
  });

  it("that is empty is no error", async () => {
    using folder = temporaryFolder();
    expect(counts(await importText(folder, "\n\n"))).toMatchObject({ conversations: 0, added: 0 });
  });
});
