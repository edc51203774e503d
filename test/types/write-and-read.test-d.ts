import type {
  Appended,
  Changed,
  KvEntry,
  KvMetadata,
  LogPage,
  Message,
  Page,
  StateSnapshot,
  Tenant,
  Thread,
} from "holdfast";
import { expectTypeOf } from "vitest";

/** `write` and `read` resolve with what was returned, and what was recorded or asked is replaced by its result at any depth. */

declare const acme: Tenant<object>;

const written = await acme.write((w) => {
  const thread = w.messages.createThread({ userId: "u" });
  expectTypeOf(thread.id).toEqualTypeOf<string>();
  // @ts-expect-error: what the store will make of it is not known yet
  void thread.revision;
  const reply = w.messages.createMessage({ threadId: thread.id, role: "assistant" });
  return {
    thread,
    turn: {
      reply,
      entry: w.kv.put(["a"], "k", 1),
      deepest: [{ edited: w.messages.updateThread("t", { title: null }) }],
    },
    both: [w.log.append(thread.id, [{ kind: "step" }]), w.state.delete("u")] as const,
    note: "done",
    at: 1,
    absent: undefined,
  };
});
expectTypeOf(written.thread).toEqualTypeOf<Thread<object>>();
expectTypeOf(written.turn.reply).toEqualTypeOf<Message<object>>();
expectTypeOf(written.turn.entry).toEqualTypeOf<KvMetadata>();
expectTypeOf(written.turn.deepest[0]?.edited).toEqualTypeOf<Changed | undefined>();
expectTypeOf(written.both[0]).toEqualTypeOf<Appended>();
expectTypeOf(written.both[1]).toEqualTypeOf<boolean>();
expectTypeOf(written.note).toEqualTypeOf<string>();
expectTypeOf(written.at).toEqualTypeOf<number>();
expectTypeOf(written.absent).toEqualTypeOf<undefined>();

expectTypeOf(await acme.write((w) => w.kv.delete(["a"], "k"))).toEqualTypeOf<boolean>();
expectTypeOf(await acme.write((w) => [w.messages.deleteMessage("m")])).toEqualTypeOf<boolean[]>();
expectTypeOf(
  await acme.write((w) => {
    w.messages.deleteMessage("m");
  }),
).toEqualTypeOf<void>();

const answers = await acme.read((r) => ({
  last: r.messages.listMessages("t", { order: "desc", limit: 20 }),
  state: r.state.getLatest("u"),
  memory: { tone: r.kv.get<string>(["prefs", "u"], "tone"), all: r.kv.entries<number>(["counts"]) },
  log: r.log.loadSince("t", 0),
}));
expectTypeOf(answers.last).toEqualTypeOf<Page<Message<object>>>();
expectTypeOf(answers.state).toEqualTypeOf<StateSnapshot<object> | undefined>();
expectTypeOf(answers.memory.tone).toEqualTypeOf<string | undefined>();
expectTypeOf(answers.memory.all).toEqualTypeOf<Page<KvEntry<number>>>();
expectTypeOf(answers.log).toEqualTypeOf<LogPage<object>>();

// What reads first cannot be recorded, and what writes cannot be asked.
void acme.write((w) => {
  // @ts-expect-error: a function of the current value
  w.messages.updateThread("t", () => ({ title: "new" }));
  // @ts-expect-error: compare-and-set
  w.kv.update(["a"], "k", () => 1);
  // @ts-expect-error: reads first
  w.messages.getOrCreateThread("u");
  // @ts-expect-error: works in steps of its own
  w.log.archiveBefore("t", 1);
});
// @ts-expect-error: a write
void acme.read((r) => r.kv.put(["a"], "k", 1));
