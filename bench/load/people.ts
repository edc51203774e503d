import { Ledger } from "./ledger.js";

/** Whose data the shared logs are. */
export const sharedUser = "everyone";

/** Users of each process in every tenant. */
const usersPerProcess = 2;

/** One after the other: a write to a thread begins when the one before has ended. */
class Turnstile {
  #last: Promise<unknown> = Promise.resolve();

  async pass<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#last.then(work);
    this.#last = run.catch(() => undefined);
    return run;
  }
}

/** A turn that can be repeated: what was asked of the store, and what it answered, as text. */
export interface RepeatableTurn {
  readonly n: number;
  readonly at: number;
  readonly beginsThread: boolean;
  readonly operationId: string;
  readonly answer: string;
}

/** A user with their conversation, of one process alone. When they are erased, another one comes. */
export class Person {
  readonly tenant: string;
  readonly turnstile: Turnstile = new Turnstile();
  readonly #slot: string;
  /** How many were erased before this one. */
  generation = 1;
  /** Aborted when they are about to be erased. */
  leaving: AbortController = new AbortController();
  ledger: Ledger = new Ledger();
  lastTurn: RepeatableTurn | undefined;

  constructor(tenant: string, slot: string) {
    this.tenant = tenant;
    this.#slot = slot;
  }

  get user(): string {
    return this.userOf(this.generation);
  }

  get thread(): string {
    return this.threadOf(this.generation);
  }

  // The same names in every tenant: were they ever confused, it would show.
  userOf(generation: number): string {
    return `${this.#slot}, ${generation}`;
  }

  threadOf(generation: number): string {
    return `conversation of ${this.userOf(generation)}`;
  }

  /** Forgets who was erased. */
  replace(): void {
    this.generation += 1;
    this.ledger = new Ledger();
    this.lastTurn = undefined;
    this.leaving = new AbortController();
  }
}

/** The log of a tenant that all processes write to, and what this one wrote. It has no thread. */
export class SharedLog {
  readonly tenant: string;
  readonly user: string = sharedUser;
  readonly thread: string = "shared log";
  readonly turnstile: Turnstile = new Turnstile();
  readonly ledger: Ledger = new Ledger();

  constructor(tenant: string) {
    this.tenant = tenant;
  }
}

/** Everyone whom one process writes for. */
export class People {
  readonly writer: string;
  readonly persons: readonly Person[];
  readonly sharedLogs: readonly SharedLog[];
  readonly #random: () => number;
  /** Who has written something. */
  readonly #begun = new Set<Person | SharedLog>();
  readonly #begunInOrder: (Person | SharedLog)[] = [];

  constructor(writer: string, tenants: readonly string[], random: () => number) {
    this.writer = writer;
    this.#random = random;
    this.sharedLogs = tenants.map((tenant) => new SharedLog(tenant));
    this.persons = tenants.flatMap((tenant) =>
      Array.from({ length: usersPerProcess }, (_, index) => new Person(tenant, `user ${index + 1} of ${writer}`)),
    );
  }

  anyPerson(): Person {
    return this.persons[this.#skewed(this.persons.length)]!;
  }

  anySharedLog(): SharedLog {
    return this.sharedLogs[this.#skewed(this.sharedLogs.length)]!;
  }

  /** Someone who has written something, if anyone has. */
  anyBegun(): Person | SharedLog | undefined {
    return this.#begunInOrder[Math.floor(this.#random() * this.#begunInOrder.length)];
  }

  noteBegun(who: Person | SharedLog): void {
    if (this.#begun.has(who)) return;
    this.#begun.add(who);
    this.#begunInOrder.push(who);
  }

  random(): number {
    return this.#random();
  }

  /** Some tenants have much more to do than others: the first tenth gets a third of it. */
  #skewed(count: number): number {
    return Math.floor(count * this.#random() ** 2);
  }
}
