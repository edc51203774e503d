/** A user of a tenant, with the conversation that is going on. */
export interface SoakUser {
  readonly tenantId: string;
  readonly userId: string;
  threadId: string;
  turns: number;
}

const tenants = ["acme", "globex", "initech", "umbrella"];

/** Turns after which a user begins another thread: the one before goes idle, and is swept. */
const turnsPerThread = 40;

/** The users who are there now. The oldest leave, and new ones come in their place. */
export class Population {
  readonly #users: SoakUser[] = [];
  readonly #name: string;
  #made = 0;

  constructor(name: string, count: number) {
    this.#name = name;
    for (let index = 0; index < count; index++) this.#users.push(this.#make());
  }

  any(): SoakUser {
    return this.#users[Math.floor(Math.random() * this.#users.length)]!;
  }

  /** Takes the oldest out, and puts a new one in. */
  replaceOldest(): SoakUser {
    this.#users.push(this.#make());
    return this.#users.shift()!;
  }

  /** A user whose next turn is due, with its number in the thread: 1 for one that is to begin. */
  next(): { readonly user: SoakUser; readonly turn: number } {
    const user = this.any();
    if (user.turns === turnsPerThread) {
      user.turns = 0;
      user.threadId = this.#nextId("thread");
    }
    return { user, turn: (user.turns += 1) };
  }

  #make(): SoakUser {
    const userId = this.#nextId("user");
    return { tenantId: tenants[this.#made % tenants.length]!, userId, threadId: this.#nextId("thread"), turns: 0 };
  }

  #nextId(what: string): string {
    return `${this.#name} ${what} ${(this.#made += 1)}`;
  }
}
