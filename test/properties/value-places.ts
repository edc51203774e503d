import type { Tenant } from "holdfast";

/** A place where a value can be stored. */
export interface ValuePlace {
  /** How a refusal names the value that was passed. */
  readonly path: string;
  /** Arrays and objects that are around it there. */
  readonly levelsAround: number;
  /** Stores the value, and gives what it comes back as. */
  roundTrip(tenant: Tenant, value: unknown): Promise<unknown>;
}

/** All of them. Where only an object or a list can stand, the value is inside one. */
export const valuePlaces: Readonly<Record<string, ValuePlace>> = {
  "kv value": {
    path: "value",
    levelsAround: 0,
    async roundTrip({ kv }, value) {
      await kv.put(["n"], "k", value, { userId: "u" });
      const [entry] = (await kv.entries(["n"])).items;
      return entry?.value;
    },
  },
  "message content": {
    path: "message.content",
    levelsAround: 0,
    async roundTrip(tenant, value) {
      const [stored, given] = await tenant.write((w) => {
        const { id: threadId } = w.messages.createThread({ userId: "u" });
        return [threadId, w.messages.createMessage({ threadId, role: "user", content: value })] as const;
      });
      const [message] = (await tenant.messages.listMessages(stored)).items;
      return sameTwice(message?.content, given.content);
    },
  },
  "edited message": {
    // As the whole content, null would clear it.
    path: "patch.content.value",
    levelsAround: 1,
    async roundTrip(tenant, value) {
      const updated = await tenant.write((w) => {
        const { id: threadId } = w.messages.createThread({ userId: "u" });
        const { id } = w.messages.createMessage({ threadId, role: "user" });
        w.messages.updateMessage(id, { content: own({}, value) });
        return id;
      });
      return field((await tenant.messages.getMessage(updated))?.content as object);
    },
  },
  "message part": {
    path: "message.parts[0].value",
    levelsAround: 2,
    async roundTrip(tenant, value) {
      const id = await tenant.write((w) => {
        const { id: threadId } = w.messages.createThread({ userId: "u" });
        return w.messages.createMessage({ threadId, role: "user", parts: [own({ type: "own" }, value)] }).id;
      });
      return field((await tenant.messages.getMessage(id))?.parts[0]);
    },
  },
  "thread title": {
    path: "thread.title",
    levelsAround: 0,
    async roundTrip({ messages }, value) {
      await messages.createThread({ userId: "u", title: value });
      const [thread] = (await messages.listThreads("u")).items;
      return thread?.title;
    },
  },
  "thread metadata": {
    path: "thread.metadata.value",
    levelsAround: 1,
    async roundTrip({ messages }, value) {
      const { id } = await messages.createThread({ userId: "u", metadata: own({}, value) });
      return field((await messages.getThread(id))?.metadata);
    },
  },
  "state data": {
    path: "snapshot.data",
    levelsAround: 0,
    async roundTrip({ state }, data) {
      await state.upsertLatest({ userId: "u", source: "mixed", data });
      const [latest] = (await state.getHistory("u")).items;
      return latest?.data;
    },
  },
  "event field": {
    path: "events[0].value",
    levelsAround: 1,
    async roundTrip({ log }, value) {
      await log.append("t", [own({ kind: "own" }, value)], { userId: "u" });
      const [hot] = (await log.loadSince("t", 0)).items;
      await log.archiveBefore("t", 1);
      const [cold] = (await log.loadArchived("t")).items;
      return sameTwice(field(hot?.event), field(cold?.event));
    },
  },
};

/** Places where bytes can stand: those that hold a value, not only JSON. */
export const bytePlaces = ["kv value", "message content", "thread title", "state data"] as const;

function own<T extends object>(fields: T, value: unknown): T & { value: unknown } {
  return { ...fields, value };
}

function field(stored: object | undefined): unknown {
  return stored !== undefined && "value" in stored ? stored.value : undefined;
}

function sameTwice(first: unknown, second: unknown): unknown {
  return JSON.stringify(first) === JSON.stringify(second) ? first : { differ: [first, second] };
}
