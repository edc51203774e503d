import type { NewMessage, Tenant } from "holdfast";

/** What callers may pass, and what is refused before it runs. */

declare const acme: Tenant<object>;

interface Tags {
  readonly tags: readonly string[];
}

interface Chart {
  readonly type: "chart";
  readonly points: readonly number[];
}

interface Measured {
  readonly kind: "measured";
  readonly celsius: number;
}

declare const tags: Tags;
declare const chart: Chart;
declare const measured: Measured;
declare const maybe: string | undefined;

// Interfaces are accepted where anything goes: they have no index signature.
void acme.messages.createThread({ userId: "u", title: tags, metadata: tags });
void acme.messages.createMessage({ threadId: "t", role: "user", content: tags, parts: [chart], metadata: tags });
void acme.messages.updateMessage("m", { parts: [chart], metadata: null });
void acme.state.upsertLatest({ userId: "u", source: "mixed", data: tags });
void acme.kv.put(["a"], "k", tags);
void acme.log.append("t", [measured]);
void acme.log.append("t", [{ kind: "tool_call", id: "c", name: "search", input: tags }]);

// What is `undefined` may be passed on, though the compiler tells it from absent.
void acme.messages.createMessage({ threadId: "t", role: "user", executionId: maybe, parentId: maybe });
void acme.messages.listMessages("t", { leafId: maybe, cursor: maybe });

// @ts-expect-error: no such role
const developer: NewMessage = { threadId: "t", role: "developer" };
// @ts-expect-error: a message belongs to a thread
void acme.messages.createMessage({ role: "user", ...developer.metadata });
// @ts-expect-error: no such type of parent
void acme.messages.createMessage({ threadId: "t", role: "user", parentId: "p", parentType: "message" });
// @ts-expect-error: a part has a type
void acme.messages.createMessage({ threadId: "t", role: "user", parts: [tags] });
// @ts-expect-error: metadata is an object
void acme.messages.createThread({ userId: "u", metadata: "vip" });
// @ts-expect-error: where a message belongs never changes
void acme.messages.updateMessage("m", { threadId: "t2" });
// @ts-expect-error: no such source
void acme.state.upsertLatest({ userId: "u", source: "guessed" });
// @ts-expect-error: a state snapshot says where it comes from
void acme.state.upsertLatest({ userId: "u" });
// @ts-expect-error: a namespace is a list of segments
void acme.kv.put("prefs", "k", 1);
// @ts-expect-error: a lifetime is in milliseconds, and named so
void acme.kv.put(["prefs"], "k", 1, { ttl: 1000 });
// @ts-expect-error: an event has a kind
void acme.log.append("t", [tags]);
// @ts-expect-error: a function of the current value is synchronous
void acme.kv.update<number>(["a"], "n", async (n) => (n ?? 0) + 1);
