import type { Tenant } from "holdfast";
import type { Served } from "../served.js";
import { Conversation } from "./conversation.js";
import { dropTail } from "./drop-tail.js";
import { SoakMeasurements } from "./measurements.js";
import type { HttpSoakOptions } from "./options.js";

export const callers = 16;

/** Rounds of steps after which a conversation is read back and erased: so that the store stays as large as it is. */
const roundsPerConversation = 25;

/** One run: callers with a conversation each, who make calls and drop tails until there were enough. */
export class Run {
  readonly measured: SoakMeasurements;
  readonly #acme: Tenant;
  readonly #served: Served;
  readonly #options: HttpSoakOptions;
  #begun = 0;
  #tails = 0;
  #sampling: Promise<void> = Promise.resolve();

  constructor(acme: Tenant, served: Served, options: HttpSoakOptions) {
    this.#acme = acme;
    this.#served = served;
    this.#options = options;
    const steps = new Conversation(acme, served, "none").steps.map(([name]) => name);
    this.measured = new SoakMeasurements(options.requests, steps);
  }

  get tails(): number {
    return this.#tails;
  }

  async call(caller: number): Promise<void> {
    for (let number = 0; this.#begun < this.#options.requests; number++) {
      const conversation = new Conversation(this.#acme, this.#served, `conversation ${number} of ${caller}`);
      await conversation.begin();
      for (let round = 0; round < roundsPerConversation; round++) await this.#makeRound(conversation);
      await conversation.checkAll();
      await conversation.erase();
    }
    await this.#sampling;
  }

  async #makeRound(conversation: Conversation): Promise<void> {
    const { requests, tails } = this.#options;
    for (const [name, step] of conversation.steps) {
      if (this.#begun >= requests) return;
      this.#begun += 1;
      const isTailDue = Math.floor((this.#begun * tails) / requests) > this.#tails;
      if (isTailDue) this.#tails += 1;
      const tail = this.#tails;
      await this.#time(name, step);
      if (isTailDue) await dropTail(this.#acme, this.#served, conversation, tail);
    }
  }

  async #time(name: string, step: () => Promise<unknown>): Promise<void> {
    const started = performance.now();
    await step();
    if (!this.measured.done(name, performance.now() - started)) return;
    this.#sampling = this.#sampling.then(async () => console.log(await this.measured.sample(this.#served)));
    await this.#sampling;
  }
}
