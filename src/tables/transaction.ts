import type { EpochMs } from "../contract/index.js";
import type { EffectiveSettings } from "../core/settings.js";
import type { Subject, Tables } from "./schema.js";
import type { View } from "./view.js";

/** What tables have in common. */
interface Table<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): unknown;
  delete(key: K): unknown;
  readonly size: number;
}

/** Changes the tables of one tenant, and can undo everything it changed. */
export class Transaction implements View {
  readonly tables: Tables;
  readonly settings: EffectiveSettings;
  readonly now: EpochMs;
  readonly userId: string | undefined;
  readonly #subjects = new Set<Subject>();
  readonly #undo: (() => void)[] = [];

  constructor({ tables, settings, now, userId }: View) {
    this.tables = tables;
    this.settings = settings;
    this.now = now;
    this.userId = userId;
  }

  get hasChanges(): boolean {
    return this.#undo.length > 0;
  }

  /** Whom it touched. */
  get subjects(): ReadonlySet<Subject> {
    return this.#subjects;
  }

  /** Notes whom the commit touches, so that erasure finds the record of it. */
  touch(kind: "user" | "thread" | "entry", id: string | undefined): void {
    if (id !== undefined) this.#subjects.add(`${kind}:${id}`);
  }

  nextRevision(): number {
    this.raiseRevision(this.tables.revision + 1);
    return this.tables.revision;
  }

  /** Makes the next revision greater than this one. */
  raiseRevision(revision: number): void {
    const { tables } = this;
    const previous = tables.revision;
    if (revision <= previous) return;
    this.#undo.push(() => {
      tables.revision = previous;
    });
    tables.revision = revision;
  }

  /** Says only what comes first, so it may have gaps, and nothing undoes it. */
  nextSequence(): number {
    this.tables.sequence += 1;
    return this.tables.sequence;
  }

  set<K, V>(table: Table<K, V>, key: K, value: V): void {
    this.#remember(table, key);
    table.set(key, value);
  }

  delete<K, V>(table: Table<K, V>, key: K): void {
    this.#remember(table, key);
    table.delete(key);
  }

  /** The table of that name in `tables`, made where it is missing. */
  tableIn<K, T>(tables: Table<K, T>, name: K, make: () => T): T {
    const existing = tables.get(name);
    if (existing !== undefined) return existing;
    const made = make();
    this.set(tables, name, made);
    return made;
  }

  /** Deletes from the table of that name in `tables`, and the table with its last row. */
  deleteIn<N, K, V>(tables: Table<N, Table<K, V>>, name: N, key: K): void {
    const table = tables.get(name);
    if (table === undefined) return;
    this.delete(table, key);
    if (table.size === 0) this.delete(tables, name);
  }

  rollBack(): void {
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop()) undo();
  }

  #remember<K, V>(table: Table<K, V>, key: K): void {
    const previous = table.get(key);
    this.#undo.push(() => {
      if (previous === undefined) table.delete(key);
      else table.set(key, previous);
    });
  }
}
