import type { EpochMs } from "../../contract/index.js";
import type { Tables } from "./schema.js";

/** What tables have in common. */
interface Table<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): unknown;
  delete(key: K): unknown;
}

/** Changes the tables of one tenant, and can undo everything it changed. */
export class Transaction {
  readonly tables: Tables;
  readonly now: EpochMs;
  readonly #undo: (() => void)[] = [];

  constructor(tables: Tables, now: EpochMs) {
    this.tables = tables;
    this.now = now;
  }

  get hasChanges(): boolean {
    return this.#undo.length > 0;
  }

  nextRevision(): number {
    const { tables } = this;
    const previous = tables.revision;
    this.#undo.push(() => {
      tables.revision = previous;
    });
    tables.revision = previous + 1;
    return tables.revision;
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
