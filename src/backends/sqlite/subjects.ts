/**
 * Whom a commit touches: the owners of what it wrote, the threads, and entries without an owner. It is kept with the record of
 * the commit, so that erasure finds it.
 */
export class Subjects {
  readonly #names = new Set<string>();

  addThread(threadId: string, owner?: string | null): void {
    this.#names.add(`t:${threadId}`);
    this.addUser(owner);
  }

  addUser(userId: string | null | undefined): void {
    if (typeof userId === "string") this.#names.add(`u:${userId}`);
  }

  addEntry(address: readonly string[], ...owners: readonly (string | null | undefined)[]): void {
    const known = owners.filter((owner) => typeof owner === "string");
    if (known.length === 0) this.#names.add(`e:${JSON.stringify(address)}`);
    for (const owner of known) this.addUser(owner);
  }

  toText(): string {
    return JSON.stringify([...this.#names]);
  }
}

/** A subject as it was recorded. */
export type Subject =
  | { readonly kind: "thread" | "user"; readonly id: string }
  | { readonly kind: "entry"; readonly address: readonly string[] };

export function readSubjects(text: string): readonly Subject[] {
  return (JSON.parse(text) as string[]).map((name) => {
    const id = name.slice(2);
    if (name.startsWith("e:")) return { kind: "entry", address: JSON.parse(id) as string[] };
    return { kind: name.startsWith("t:") ? "thread" : "user", id };
  });
}
