import { ok } from "node:assert/strict";
import { HoldfastError } from "holdfast";
import type { Holdfast, Page, Tenant } from "holdfast";
import type { Call } from "./calls.js";
import type { Command, Write } from "./commands.js";

type Method = (...args: unknown[]) => unknown;
type Methods = Readonly<Record<string, Method>>;

/** Runs commands on one store and says what each came to, in words that do not depend on the engine. */
export class Runner {
  readonly #db: Holdfast;
  readonly #lastSeen = new Map<string, { revision: number; head: number }>();
  #lastRepeatable: Write | undefined;

  constructor(db: Holdfast) {
    this.#db = db;
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
        return this.#outcome(command.tenant, (tenant) => {
          const answer = command.answer && [() => command.answer?.value];
          return method(tenant, command.call)(...command.call.args, ...(answer ?? []));
        });
      case "read":
        return this.#read(
          command.tenant,
          command.calls.map((call) => this.#resolvedCall(command.tenant, call)),
          command.together,
        );
      case "walk":
        return this.#walk(command);
      case "archive":
        return this.#outcome(command.tenant, ({ log }) => log.archiveBefore(command.thread, command.watermark));
      case "evict":
        return this.#outcome(command.tenant, ({ kv }) => kv.evictExpired(command.options));
    }
  }

  #write(write: Write): Promise<unknown> {
    if (write.options["operationId"] !== undefined) this.#lastRepeatable = write;
    const [first] = write.calls;
    return this.#outcome(write.tenant, (tenant) => {
      if (write.alone && write.calls.length === 1 && first !== undefined) {
        return method(tenant, first)(...first.args, { ...first.options, ...write.options });
      }
      return tenant.write((recorder) => write.calls.map((call) => invoke(recorder, call)), write.options);
    });
  }

  #read(tenantId: string, calls: readonly Call[], together: boolean): Promise<unknown> {
    return this.#outcome(tenantId, async (tenant) => {
      const answers = together
        ? await tenant.read((reader) => calls.map((call) => invoke(reader, call)))
        : await Promise.all(calls.map((call) => invoke(tenant, call)));
      return answers.map(withoutCursor);
    });
  }

  async #walk({ tenant: id, call, limit, between }: Extract<Command, { do: "walk" }>): Promise<unknown> {
    const { offset: _, ...options } = call.options;
    const seen: unknown[] = [];
    let page = await this.#page(id, { ...call, options: { ...options, limit } });
    for (let pages = 0; page.cursor !== undefined; pages++) {
      const write = between[pages];
      seen.push(page.shown, write && (await this.#write(this.#resolved(write))));
      page = await this.#page(id, { ...call, options: { ...options, limit, cursor: page.cursor } });
      ok(pages < 1000, "The walk does not end.");
    }
    return [...seen, page.shown];
  }

  async #page(
    tenantId: string,
    call: Call,
  ): Promise<{ readonly shown: unknown; readonly cursor?: string | undefined }> {
    let cursor: string | undefined;
    const shown = await this.#outcome(tenantId, async (tenant) => {
      const page = (await invoke(tenant, call)) as Page<unknown>;
      cursor = page.nextCursor;
      return withoutCursor(page);
    });
    return { shown, cursor };
  }

  /** The result of a call, or how it failed. */
  async #outcome(tenantId: string, work: (tenant: Tenant) => unknown): Promise<unknown> {
    try {
      const result = await work(this.#db.tenant(tenantId));
      this.#see(tenantId, result);
      return result;
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      const { code, details, operationIndex, outcome, retryable } = error;
      return { failed: { code, details, operationIndex, outcome, retryable } };
    }
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
    return { ...write, calls: write.calls.map((call) => this.#resolvedCall(write.tenant, call)) };
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
