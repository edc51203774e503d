import { existsSync, writeFileSync } from "node:fs";
import type { Holdfast, Tenant } from "holdfast";
import type { Bench } from "./bench.js";
import type { RawStore } from "./raw-store.js";
import type { Rounds } from "./rounds.js";

const messagesPerThread = 1000;
const threadsPerUser = 10;
const messagesPerEntry = 10;
const keysPerNamespace = 100;
const rowsPerCommit = 1000;

/** What is in a store of that many messages: threads of 1,000 each, and kv entries, a tenth as many. */
export class Population {
  readonly messages: number;
  readonly threads: number;
  readonly users: number;
  readonly entries: number;
  readonly namespaces: number;

  constructor(messages: number) {
    this.messages = messages;
    this.threads = messages / messagesPerThread;
    this.users = Math.ceil(this.threads / threadsPerUser);
    this.entries = messages / messagesPerEntry;
    this.namespaces = this.entries / keysPerNamespace;
  }
}

export function threadId(thread: number): string {
  return `thread-${thread}`;
}

export function userId(user: number): string {
  return `user-${user}`;
}

export function messageId(message: number): string {
  return `message-${String(message).padStart(9, "0")}`;
}

export function namespaceName(namespace: number): string {
  return `topic-${String(namespace).padStart(6, "0")}`;
}

export function keyOf(entry: number): string {
  return `key-${entry % keysPerNamespace}`;
}

export function namespaceOf(entry: number): string {
  return namespaceName(Math.floor(entry / keysPerNamespace));
}

/** Opens the store with that many messages; makes it where an earlier group has not. */
export async function openMessages(bench: Bench, messages: number): Promise<Holdfast> {
  const name = `messages-${messages}`;
  const db = await bench.openHoldfast(name);
  await once(bench.path(name), () => fillMessages(bench, db.tenant("acme"), new Population(messages)));
  return db;
}

/** The same by the raw driver. */
export async function openRawMessages(bench: Bench, messages: number): Promise<RawStore> {
  const name = `messages-${messages}`;
  const raw = bench.openRaw(name);
  await once(bench.path(`raw-${name}`), async () => fillRaw(bench, raw, new Population(messages)));
  return raw;
}

/** Messages of all threads by turns, as they come in: those of one thread do not lie side by side. */
export async function fillMessages(bench: Rounds, acme: Tenant, population: Population): Promise<void> {
  const { threads, messages, entries } = population;
  await inCommits(threads, (from, to) =>
    acme.write((w) => {
      for (let thread = from; thread < to; thread++) {
        w.messages.createThread({ id: threadId(thread), userId: userId(Math.floor(thread / threadsPerUser)) });
      }
    }),
  );
  await inCommits(messages, (from, to) =>
    acme.write((w) => {
      for (let message = from; message < to; message++) {
        const content = bench.payload(message);
        w.messages.createMessage({
          id: messageId(message),
          threadId: threadId(message % threads),
          role: "assistant",
          content,
        });
      }
    }),
  );
  await inCommits(entries, (from, to) =>
    acme.write((w) => {
      for (let entry = from; entry < to; entry++) {
        w.kv.put(["memories", namespaceOf(entry)], keyOf(entry), bench.payload(entry));
      }
    }),
  );
}

async function fillRaw(bench: Bench, raw: RawStore, population: Population): Promise<void> {
  const { threads, messages, entries } = population;
  raw.transact(() => {
    for (let thread = 0; thread < threads; thread++) {
      raw.addThread(threadId(thread), userId(Math.floor(thread / threadsPerUser)));
    }
  });
  await inCommits(messages, async (from, to) =>
    raw.transact(() => {
      for (let message = from; message < to; message++) {
        raw.addMessages(threadId(message % threads), [bench.payload(message)], [messageId(message)]);
      }
    }),
  );
  await inCommits(entries, async (from, to) =>
    raw.transact(() => {
      for (let entry = from; entry < to; entry++) {
        raw.putEntry(`memories/${namespaceOf(entry)}`, keyOf(entry), bench.payload(entry), null);
      }
    }),
  );
}

/** Writes `count` rows, a thousand a commit, with two commits under way. */
export async function inCommits(count: number, write: (from: number, to: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const writeOn = async (): Promise<void> => {
    while (next < count) {
      const from = next;
      next = Math.min(count, from + rowsPerCommit);
      await write(from, next);
    }
  };
  await Promise.all([writeOn(), writeOn()]);
}

/** Runs `make` unless it once ran to its end for this file, in this process or an earlier one. */
async function once(path: string, make: () => Promise<void>): Promise<void> {
  const mark = `${path}.made`;
  if (existsSync(mark)) return;
  await make();
  writeFileSync(mark, "");
}
