import type { Tenant } from "holdfast";
import { payloads } from "../../payload.js";
import { call } from "../raw-call.js";
import type { Served } from "../served.js";

const results = payloads(50, 500);

/** A conversation of one caller, who knows everything that is in it: so that whatever is lost, doubled or moved is seen. */
export class Conversation {
  readonly threadId: string;
  readonly #acme: Tenant;
  readonly #served: Served;
  readonly #userId: string;
  #messages = 0;
  #events = 0;

  constructor(acme: Tenant, served: Served, threadId: string) {
    this.#acme = acme;
    this.#served = served;
    this.threadId = threadId;
    this.#userId = `user of ${threadId}`;
  }

  get events(): number {
    return this.#events;
  }

  async begin(): Promise<void> {
    await this.#acme.messages.createThread({ id: this.threadId, userId: this.#userId, title: "Turn by turn" });
  }

  /** What a caller does again and again, by name. */
  readonly steps: readonly (readonly [name: string, step: () => Promise<unknown>])[] = [
    ["turn", () => this.#turn()],
    ["context", () => this.#context()],
    ["put", () => this.#acme.kv.put(["prefs", this.#userId], "tone", results[this.#messages % results.length])],
    ["createMessage, by fetch", () => this.#createMessage()],
    ["append, by fetch", () => this.appendByFetch()],
    ["append", () => this.append()],
    ["getMessage", () => this.#getMessage()],
    ["refused, by fetch", () => this.#beRefused()],
  ];

  async append(): Promise<void> {
    const event = { kind: "step", number: (this.#events += 1) };
    const { head } = await this.#acme.log.append(this.threadId, [event]);
    check(head === this.#events, `an append made the head ${head} instead of ${this.#events}`);
  }

  async appendByFetch(): Promise<void> {
    const event = { kind: "step", number: (this.#events += 1) };
    const { threadId } = this;
    const { head } = await call<{ readonly head: number }>(this.#served, "log/append", { threadId, events: [event] });
    check(head === this.#events, `an append by fetch made the head ${head} instead of ${this.#events}`);
  }

  /** Reads all of it, and throws where it is not what was written. */
  async checkAll(): Promise<void> {
    let events = 0;
    for await (const { ordinal, event } of this.#acme.log.loadSince(this.threadId, 0)) {
      events += 1;
      check(
        ordinal === events && (event as { readonly number?: number }).number === events,
        `event ${ordinal} is in the place of ${events}`,
      );
    }
    check(events === this.#events, `${events} events are left of ${this.#events}`);
    let messages = 0;
    for await (const { content } of this.#acme.messages.listMessages(this.threadId)) {
      messages += 1;
      const { number } = content as { readonly number: number };
      check(number === messages, `message ${number} is in the place of ${messages}`);
    }
    check(messages === this.#messages, `${messages} messages are left of ${this.#messages}`);
  }

  async erase(): Promise<void> {
    await this.#acme.eraseThread(this.threadId, { reason: "soak" });
  }

  async #turn(): Promise<void> {
    const { threadId } = this;
    const userId = this.#userId;
    const events = [1, 2, 3, 4].map((index) => ({ kind: "step", number: this.#events + index }));
    this.#events += events.length;
    await this.#acme.write((w) => {
      for (const role of ["user", "assistant"] as const) {
        w.messages.createMessage({ threadId, role, content: this.#nextContent() });
      }
      w.log.append(threadId, events);
      w.state.upsertLatest({ userId, source: "inferred", data: { number: this.#messages } });
      w.kv.put(["prefs", userId], "last", this.#messages);
    });
  }

  async #createMessage(): Promise<void> {
    const message = { threadId: this.threadId, role: "user", content: { json: this.#nextContent() } };
    await call(this.#served, "messages/createMessage", { message });
  }

  async #context(): Promise<void> {
    const { last, head } = await this.#acme.read((r) => ({
      last: r.messages.listMessages(this.threadId, { order: "desc", limit: 20 }),
      state: r.state.getLatest(this.#userId),
      head: r.log.head(this.threadId),
    }));
    const { number } = (last.items[0]?.content ?? {}) as { readonly number?: number };
    check(number === this.#messages, `the last message is ${number} instead of ${this.#messages}`);
    check(head.head === this.#events, `the head is ${head.head} instead of ${this.#events}`);
  }

  async #getMessage(): Promise<void> {
    const none = await this.#acme.messages.getMessage(`${this.threadId} none`);
    check(none === undefined, "there is a message that nobody has written");
  }

  async #beRefused(): Promise<void> {
    const refused = await call(this.#served, "messages/createMessage", { message: { role: "nobody" } }).then(
      () => false,
      () => true,
    );
    check(refused, "a message of nobody was not refused");
  }

  #nextContent(): object {
    this.#messages += 1;
    return { number: this.#messages, result: results[this.#messages % results.length] };
  }
}

export function check(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}
