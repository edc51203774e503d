import { open } from "holdfast";

await using db = await open("sqlite:./agents.db"); // or "memory:"
const acme = db.tenant("acme"); // every call below is inside this tenant; none can name another

const thread = await acme.messages.createThread({ userId: "u1", title: "Refund" });
await acme.messages.createMessage({ threadId: thread.id, role: "user", content: "Where is my refund?" });
await acme.kv.put(["prefs", "u1"], "tone", "brief", { userId: "u1", ttlMs: 30 * 86_400_000 });

// One turn, one commit, safe to retry: all of it is stored, or none of it.
const turn = { operationId: `${thread.id}/turn-1` };
const { reply } = await acme.write((w) => {
  w.log.append(thread.id, [{ kind: "tool_call", id: "c1", name: "lookup", input: { order: 7 } }], { expectedHead: 0 });
  w.state.upsertLatest({ userId: "u1", source: "inferred", confidence: 0.7, data: { open_orders: 1 } });
  return { reply: w.messages.createMessage({ threadId: thread.id, role: "assistant", content: "Sent on Monday." }) };
}, turn);

// Everything a model call needs, from one snapshot.
const context = await acme.read((r) => ({
  last: r.messages.listMessages(thread.id, { order: "desc", limit: 20 }),
  state: r.state.getLatest("u1"),
  tone: r.kv.get(["prefs", "u1"], "tone"),
}));
console.log(reply.content, context.last.items.length, context.state?.data, context.tone);
