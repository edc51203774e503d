import { describe, expect, it } from "vitest";
import { linesOf } from "../../src/cli/import/lines.js";
import { mapMessages } from "../../src/cli/import/mapped-message.js";
import { planImport } from "../../src/cli/import/plan.js";
import { planLines } from "../../src/cli/import/planned-lines.js";
import { readTranscript } from "../../src/cli/import/transcript.js";

const call = (id: string, name: string, args: unknown): object => ({
  id,
  type: "function",
  function: { name, arguments: args },
});

function mapped(...messages: readonly object[]): ReturnType<typeof mapMessages> {
  return mapMessages(readTranscript(JSON.stringify({ messages })));
}

async function* chunks(...parts: readonly (string | Uint8Array)[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield Buffer.from(part);
}

describe("mapping a message", () => {
  it("keeps text as content, with an event", () => {
    const [system, user, developer] = mapped(
      { role: "system", content: "Be kind." },
      { role: "user", content: "Hi", name: "ana" },
      { role: "developer", content: "Be brief." },
    );
    expect(system).toEqual({
      role: "system",
      content: "Be kind.",
      parts: [],
      metadata: { source: { message: { role: "system" }, contentAt: 1 } },
      events: [{ kind: "system_message", content: "Be kind." }],
    });
    expect(user!.metadata).toEqual({ source: { message: { role: "user", name: "ana" }, contentAt: 1 } });
    expect(developer).toMatchObject({ role: "system", metadata: { source: { message: { role: "developer" } } } });
  });

  it("turns calls and results into parts and events of one execution", () => {
    const messages = mapped(
      { role: "user", content: "Weather?" },
      { role: "assistant", content: null, tool_calls: [call("c1", "weather", '{"city":"Oslo"}')] },
      { role: "tool", tool_call_id: "c1", content: "12 °C" },
    );
    expect(messages[1]).toMatchObject({
      content: null,
      parts: [{ type: "tool-call", toolCallId: "c1", toolName: "weather", args: { city: "Oslo" } }],
      events: [{ kind: "tool_call", id: "c1", name: "weather", input: { city: "Oslo" } }],
      callIndex: 1,
    });
    expect(messages[2]).toMatchObject({
      role: "tool",
      parts: [{ type: "tool-result", toolCallId: "c1", toolName: "weather", result: "12 °C" }],
      events: [{ kind: "tool_result", tool_use_id: "c1", name: "weather", content: "12 °C" }],
      callIndex: 1,
    });
  });

  it("gives a result to the last open call of its id, which may repeat", () => {
    const ask = { role: "assistant", content: null, tool_calls: [call("c1", "f", "{}")] };
    const answer = { role: "tool", tool_call_id: "c1", content: "1" };
    expect(mapped(ask, answer, ask, answer, answer).map(({ callIndex }) => callIndex)).toEqual([0, 0, 2, 2, undefined]);
  });

  it("keeps several calls of a message, its text, its reasoning and calls of the old kind", () => {
    const [both, old] = mapped(
      {
        role: "assistant",
        content: "Let me see.",
        reasoning_content: "Hm",
        tool_calls: [call("a", "f", "{}"), call("b", "g", "{}")],
      },
      { role: "assistant", content: null, function_call: { name: "h", arguments: "[1]" } },
    );
    expect(both!.parts.map(({ type }) => type)).toEqual(["reasoning", "text", "tool-call", "tool-call"]);
    expect(both!.events.map(({ kind }) => kind)).toEqual(["assistant_message", "tool_call", "tool_call"]);
    expect(old!.parts).toEqual([{ type: "tool-call", toolCallId: "h", toolName: "h", args: [1] }]);
  });

  it.each(["{not json", '{"id": 12345678901234567890}'])(
    "keeps arguments as text where they are no exact JSON: %s",
    (text) => {
      expect(mapped({ role: "assistant", content: null, tool_calls: [call("c", "f", text)] })[0]!.parts).toMatchObject([
        { args: text },
      ]);
    },
  );

  it("maps content parts of known types, and leaves others as they are", () => {
    const content = [
      { type: "text", text: "Look", cache_control: { type: "ephemeral" } },
      { type: "image_url", image_url: { url: "https://example.org/a.png" } },
      { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
      { type: "input_audio", input_audio: { data: "AAAA", format: "wav" } },
    ];
    const [message] = mapped({ role: "user", content });
    expect(message!.content).toEqual(content);
    expect(message!.parts).toEqual([
      content[0],
      { type: "image", imageId: "content[1]", url: "https://example.org/a.png" },
      { type: "image", imageId: "content[2]" },
      content[3],
    ]);
  });

  it("marks errors of tau-bench, and only there", () => {
    const messages = [{ role: "tool", tool_call_id: "c", name: "f", content: "Error: no such user" }];
    const [of] = mapMessages(readTranscript(JSON.stringify({ traj: messages, info: {} })));
    expect(of).toMatchObject({ parts: [{ isError: true }], events: [{ is_error: true }] });
    expect(mapped(...messages)[0]!.parts).not.toMatchObject([{ isError: true }]);
  });
});

describe("a line that is wrong", () => {
  const wrong: readonly (readonly [line: unknown, path: string])[] = [
    [1, "it"],
    [[], "it"],
    [{}, "messages"],
    [{ messages: {} }, "messages"],
    [{ traj: "no" }, "traj"],
    [{ messages: [], id: 7 }, "id"],
    [{ messages: [], user_id: 7 }, "user_id"],
    [{ traj: [], info: { task: { user_id: [] } } }, "info.task.user_id"],
    [{ messages: ["hi"] }, "messages[0]"],
    [{ messages: [{ role: "robot" }] }, "messages[0].role"],
    [{ messages: [{ content: "no role" }] }, "messages[0].role"],
    [{ messages: [{ role: "user", content: 5 }] }, "messages[0].content"],
    [{ messages: [{ role: "user", content: [{ text: "no type" }] }] }, "messages[0].content[0].type"],
    [{ messages: [{ role: "user", content: [{ type: "text" }] }] }, "messages[0].content[0].text"],
    [
      {
        messages: [
          { role: "user", content: "a" },
          { role: "tool", content: "b" },
        ],
      },
      "messages[1].tool_call_id",
    ],
    [{ messages: [{ role: "function", content: "b" }] }, "messages[0].name"],
    [{ messages: [{ role: "assistant", tool_calls: {} }] }, "messages[0].tool_calls"],
    [
      { messages: [{ role: "assistant", tool_calls: [{ function: { name: "f", arguments: "" } }] }] },
      "messages[0].tool_calls[0].id",
    ],
    [{ messages: [{ role: "assistant", tool_calls: [{ id: "c" }] }] }, "messages[0].tool_calls[0].function"],
    [
      { messages: [{ role: "assistant", tool_calls: [{ id: "c", function: { name: "f" } }] }] },
      "messages[0].tool_calls[0].function.arguments",
    ],
    [{ messages: [{ role: "assistant", function_call: { arguments: "" } }] }, "messages[0].function_call.name"],
  ];

  it.each(wrong)("is refused with its path: %j at %s", (line, path) => {
    expect(() => readTranscript(JSON.stringify(line))).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT", details: { path } }),
    );
  });

  it("is refused where it would be stored as something else", () => {
    const chat = '"messages": [{ "role": "user", "content": "Hi" }]';
    expect(() => readTranscript(`{ ${chat}, "order": 12345678901234567890 }`)).toThrow(
      "it has the number 12345678901234567890",
    );
    expect(() => readTranscript(`{ ${chat}, "order": 1, "order": 2 }`)).toThrow('it has the key "order" twice');
  });
});

describe("planning", () => {
  const line = JSON.stringify({
    messages: [
      { role: "user", content: "a" },
      { role: "assistant", content: "b" },
    ],
  });
  it("gives the same line the same ids, and another line, user or occurrence others", () => {
    const ids = [plan(line), plan(` ${line}`), plan(line, "v"), plan(line, "u", 1)].map(({ thread }) => thread.id);
    expect(ids[1]).toBe(ids[0]);
    expect(new Set(ids).size).toBe(3);
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it("takes the line's own id", () => {
    expect(plan('{"id":"chat-1","messages":[]}').thread.id).toBe("chat-1");
  });

  it("gives a message an id that depends on all before it", () => {
    const [first, second] = idsOf("a", "b");
    expect(idsOf("a", "b", "c").slice(0, 2)).toEqual([first, second]);
    expect(idsOf("x", "b")[1]).not.toBe(second);
  });

  it("tells equal lines of a file apart, and refuses an id that repeats", async () => {
    const found = [];
    const withId = '{"id":"a","user_id":"u","messages":[]}';
    for await (const planned of planLines(chunks(`${line}\n${line}\n${withId}\n${withId}`), "u")) found.push(planned);
    expect(found[0]!.plan!.thread.id).not.toBe(found[1]!.plan!.thread.id);
    expect(found[3]!.error).toMatchObject({ code: "INVALID_ARGUMENT", details: { path: "id" } });
  });
});

describe("splitting into lines", () => {
  it("drops empty lines, CR and a byte order mark, and counts every line", async () => {
    expect(await split("\ufeffa\r\n\r\n  \nb\n")).toEqual([
      [1, "a"],
      [4, "b"],
    ]);
  });

  it("splits at line feeds only, wherever the chunks end", async () => {
    expect(await split("a\u2028b", "c", "\nd", "\n\ne")).toEqual([
      [1, "a\u2028bc"],
      [2, "d"],
      [4, "e"],
    ]);
  });

  it("keeps characters that two chunks share", async () => {
    const bytes = Buffer.from("€");
    expect(await split(bytes.subarray(0, 1), bytes.subarray(1))).toEqual([[1, "€"]]);
  });

  it("says which line is no UTF-8", async () => {
    expect(await split("a\n", Buffer.from([0xff, 0xfe]), "\nb")).toEqual([
      [1, "a"],
      [2, undefined],
      [3, "b"],
    ]);
  });
});

function plan(text: string, user = "u", occurrence = 0): ReturnType<typeof planImport> {
  return planImport(readTranscript(text), user, occurrence);
}

function idsOf(...contents: readonly string[]): readonly string[] {
  const messages = contents.map((content) => ({ role: "user", content }));
  return plan(JSON.stringify({ id: "t", messages })).messages.map(({ message }) => message.id);
}

async function split(
  ...parts: readonly (string | Uint8Array)[]
): Promise<readonly (readonly [number, string | undefined])[]> {
  const lines: (readonly [number, string | undefined])[] = [];
  for await (const { number, text } of linesOf(chunks(...parts))) lines.push([number, text]);
  return lines;
}
