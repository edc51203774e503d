import type { HoldfastError, LogHead } from "../contract/index.js";
import type { LogAddress, Scope } from "./backend.js";
import { FollowedLog } from "./followed-log.js";
import { Paced } from "./paced.js";
import { Sleeper } from "./sleeper.js";

/** What a hub needs of its store. */
export interface Heads {
  /** See `Engine.watch`. */
  watch(listener: () => void): () => void;
  /** Where logs of one scope stand, in their order. May be given up once `gone` is aborted. */
  read(of: Scope, threadIds: readonly string[], gone: AbortSignal): Promise<readonly LogHead[]>;
}

/**
 * Wakes tails: at once by the appends of this process, soon by those of others. Looks for those only while someone tails:
 * where all of their logs stand, and wakes the tails of logs that stand elsewhere than when the tail read them.
 */
export class TailHub {
  readonly #heads: Heads;
  readonly #logs = new Map<string, FollowedLog>();
  #looks: Paced | undefined;
  #stopWatching: (() => void) | undefined;

  constructor(heads: Heads) {
    this.#heads = heads;
  }

  /** Tails that are open. */
  get size(): number {
    let size = 0;
    for (const { sleepers } of this.#logs.values()) size += sleepers.size;
    return size;
  }

  /** A sleeper that is woken whenever this log may have grown since it last looked, until it leaves. */
  enter(address: LogAddress): Sleeper {
    const name = logName(address.tenantId, address.threadId);
    const log = this.#logs.get(name) ?? new FollowedLog();
    this.#logs.set(name, log);
    const sleeper = new Sleeper(address, log, () => this.#leave(name, sleeper));
    log.sleepers.add(sleeper);
    if (this.#looks === undefined) this.#begin();
    return sleeper;
  }

  /** Wakes the tails of one log. */
  wake(tenantId: string, threadId: string): void {
    this.#logs.get(logName(tenantId, threadId))?.wake();
  }

  /** Looks soon for tails of all logs that have anything new to read. */
  look(): void {
    this.#looks?.ask();
  }

  /** Ends every tail with an error. */
  close(error: () => HoldfastError): void {
    this.#stop();
    for (const { sleepers } of this.#logs.values()) for (const sleeper of sleepers) sleeper.end(error());
  }

  #leave(name: string, sleeper: Sleeper): void {
    const { sleepers } = sleeper.log;
    sleepers.delete(sleeper);
    if (sleepers.size === 0 && this.#logs.get(name) === sleeper.log) this.#logs.delete(name);
    if (this.#logs.size === 0) this.#stop();
  }

  #begin(): void {
    this.#looks = new Paced((stopped) => this.#look(stopped));
    this.#stopWatching = this.#heads.watch(() => this.look());
  }

  #stop(): void {
    this.#stopWatching?.();
    this.#looks?.stop();
    this.#looks = undefined;
  }

  /** Asks all questions, a few at a time. One that fails is asked again by the next look. */
  async #look(stopped: AbortSignal): Promise<void> {
    const questions = questionsOf(this.#logs.values()).values();
    const askInTurn = async (): Promise<void> => {
      for (const question of questions) {
        if (stopped.aborted) return;
        await this.#ask(question, stopped).catch(ignore);
      }
    };
    await Promise.all(Array.from({ length: questionsAtOnce }, askInTurn));
  }

  async #ask({ of, logs }: Question, stopped: AbortSignal): Promise<void> {
    const threadIds = logs.map(([threadId]) => threadId);
    const heads = await this.#heads.read(of, threadIds, stopped);
    for (const [index, [, sleepers]] of logs.entries()) {
      for (const sleeper of sleepers) sleeper.wakeUnless(heads[index]!.head);
    }
  }
}

const questionsAtOnce = 4;

/** So that no question holds up the others of its engine for long. */
const logsPerQuestion = 100;

/** Where some logs of one scope stand, and who wants to know of each. */
interface Question {
  readonly of: Scope;
  readonly logs: readonly (readonly [threadId: string, readonly Sleeper[]])[];
}

function questionsOf(followed: Iterable<FollowedLog>): readonly Question[] {
  const scopes = new Map<string, { readonly of: Scope; readonly logs: Map<string, Sleeper[]> }>();
  for (const { sleepers } of followed) {
    for (const sleeper of sleepers) {
      if (sleeper.isAwake) continue;
      const { threadId, ...of } = sleeper.address;
      const name = JSON.stringify([of.tenantId, of.userId]);
      const scope = scopes.get(name) ?? { of, logs: new Map<string, Sleeper[]>() };
      scopes.set(name, scope);
      const others = scope.logs.get(threadId);
      if (others === undefined) scope.logs.set(threadId, [sleeper]);
      else others.push(sleeper);
    }
  }
  return Array.from(scopes.values(), ({ of, logs }) => batches([...logs]).map((batch) => ({ of, logs: batch }))).flat();
}

function batches<T>(all: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(all.length / logsPerQuestion);
  return Array.from({ length: count }, (_, index) => all.slice(index * logsPerQuestion, (index + 1) * logsPerQuestion));
}

function logName(tenantId: string, threadId: string): string {
  return JSON.stringify([tenantId, threadId]);
}

function ignore(): void {}
