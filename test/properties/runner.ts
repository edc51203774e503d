import { ok } from "node:assert/strict";
import type { Holdfast, Page, Stores } from "holdfast";
import type { Call } from "./calls.js";
import type { Command, Write } from "./commands.js";
import type { Place } from "./life-commands.js";
import { LifeRunner } from "./life-runner.js";
import { outcomeOf, storesAt } from "./outcomes.js";

type Method = (...args: unknown[]) => unknown;
type Methods = Readonly<Record<string, Method>>;

/** Runs commands on one store and says what each came to, in words that do not depend on the engine. */
export class Runner {
  readonly #db: Holdfast;
  readonly #life: LifeRunner;
  readonly #lastSeen = new Map<string, { revision: number; head: number }>();
  #lastRepeatable: Write | undefined;

  constructor(db: Holdfast) {
    this.#db = db;
    this.#life = new LifeRunner(db);
  }

  async run(command: Exclude<Command, { do: "move clock" }>): Promise<unknown> {
    switch (command.do) {
      case "write":
        return this.#write(this.#resolved(command));
      case "repeat":
        return this.#lastRepeatable && this.#write(this.#lastRepeatable);
      case "at once":
        return Promise.all(command.writes.map((write) => this.#write(this.#resolved(write))));
      case "update":
        return this.#outcome(command, (stores) => {
          const answer = command.answer && [() => command.answer?.value];
          return method(stores, command.call)(...command.call.args, ...(answer ?? []));
        });
      case "read":
        return this.#read(
          command,
          command.calls.map((call) => this.#resolvedCall(command.tenant, call)),
          command.together,
        );
      case "walk":
        return this.#walk(command);
      case "archive":
        return this.#outcome(command, ({ log }) => log.archiveBefore(command.thread, command.watermark));
      case "evict":
        return this.#outcome(command, ({ kv }) => kv.evictExpired(command.options));
      default:
        return this.#life.run(command);
    }
  }

  #write(write: Write): Promise<unknown> {
    if (write.options["operationId"] !== undefined) this.#lastRepeatable = write;
    const [first] = write.calls;
    return this.#outcome(write, (stores) => {
      if (write.alone && write.calls.length === 1 && first !== undefined) {
        return method(stores, first)(...first.args, { ...first.options, ...write.options });
      }
      return stores.write((recorder) => write.calls.map((call) => invoke(recorder, call)), write.options);
    });
  }

  #read(where: Place, calls: readonly Call[], together: boolean): Promise<unknown> {
    return this.#outcome(where, async (stores) => {
      const answers = together
        ? await stores.read((reader) => calls.map((call) => invoke(reader, call)))
        : await Promise.all(calls.map((call) => invoke(stores, call)));
      return answers.map(withoutCursor);
    });
  }

  async #walk(walk: Extract<Command, { do: "walk" }>): Promise<unknown> {
    const { call, limit, between } = walk;
    const { offset: _, ...options } = call.options;
    const seen: unknown[] = [];
    let page = await this.#page(walk, { ...call, options: { ...options, limit } });
    for (let pages = 0; page.cursor !== undefined; pages++) {
      const write = between[pages];
      seen.push(page.shown, write && (await this.#write(this.#resolved(write))));
      page = await this.#page(walk, { ...call, options: { ...options, limit, cursor: page.cursor } });
      ok(pages < 1000, "The walk does not end.");
    }
    return [...seen, page.shown];
  }

  async #page(where: Place, call: Call): Promise<{ readonly shown: unknown; readonly cursor?: string | undefined }> {
    let cursor: string | undefined;
    const shown = await this.#outcome(where, async (stores) => {
      const page = (await invoke(stores, call)) as Page<unknown>;
      cursor = page.nextCursor;
      return withoutCursor(page);
    });
    return { shown, cursor };
  }

  #outcome(where: Place, work: (stores: Stores) => unknown): Promise<unknown> {
    return outcomeOf(async () => {
      const result = await work(storesAt(this.#db, where));
      this.#see(where.tenant, result);
      return result;
    });
  }

  #see(tenantId: string, result: unknown): void {
    for (const part of [result].flat()) {
      if (typeof part !== "object" || part === null) continue;
      const { revision, head } = part as { revision?: number; head?: number };
      const seen = this.#seen(tenantId);
      this.#lastSeen.set(tenantId, { revision: revision ?? seen.revision, head: head ?? seen.head });
    }
  }

  #seen(tenantId: string): { revision: number; head: number } {
    return this.#lastSeen.get(tenantId) ?? { revision: 0, head: 0 };
  }

  #resolved(write: Write): Write {
    const calls = write.calls.map((call) => this.#resolvedCall(write.tenant, call));
    return { ...write, calls, options: this.#life.resolved(write.tenant, write.options) };
  }

  #resolvedCall(tenantId: string, call: Call): Call {
    const { revision, head } = this.#seen(tenantId);
    const options: Record<string, unknown> = { ...call.options };
    if (options["expectedRevision"] === "last") options["expectedRevision"] = revision;
    if (options["expectedHead"] === "last") options["expectedHead"] = head;
    if ((options["at"] as { revision?: unknown } | undefined)?.revision === "last") options["at"] = { revision };
    return { ...call, options };
  }
}

function invoke(target: unknown, call: Call): unknown {
  const options = Object.keys(call.options).length === 0 ? [] : [call.options];
  return method(target, call)(...call.args, ...options);
}

function method(target: unknown, { store, method }: Pick<Call, "store" | "method">): Method {
  const methods = (store === undefined ? target : (target as Record<string, unknown>)[store]) as Methods;
  return (...args) => methods[method]?.(...args);
}

/** Cursors are opaque and may differ; whether there is one may not. */
function withoutCursor(answer: unknown): unknown {
  if (typeof answer !== "object" || answer === null || !("nextCursor" in answer)) return answer;
  return { ...answer, nextCursor: answer.nextCursor !== undefined };
}
