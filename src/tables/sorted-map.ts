/** Below 0 where `a` comes first, above 0 where `b` does, 0 where they are the same key. */
type Compare<K> = (a: K, b: K) => number;

/** A map that is always in the order of its keys. */
export class SortedMap<K, V> {
  readonly #compare: Compare<K>;
  readonly #keys: K[] = [];
  readonly #values: V[] = [];

  constructor(compare: Compare<K>) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#keys.length;
  }

  get(key: K): V | undefined {
    const index = this.#indexOf(key);
    return this.#holds(key, index) ? this.#values[index] : undefined;
  }

  set(key: K, value: V): void {
    const index = this.#indexOf(key);
    if (this.#holds(key, index)) {
      this.#values[index] = value;
    } else {
      this.#keys.splice(index, 0, key);
      this.#values.splice(index, 0, value);
    }
  }

  delete(key: K): void {
    const index = this.#indexOf(key);
    if (!this.#holds(key, index)) return;
    this.#keys.splice(index, 1);
    this.#values.splice(index, 1);
  }

  last(): readonly [key: K, value: V] | undefined {
    return this.#at(this.size - 1);
  }

  /** All entries behind `after` in the given order; the map must not change meanwhile. */
  *entries(order: "asc" | "desc" = "asc", after?: K): Generator<readonly [key: K, value: V]> {
    const step = order === "asc" ? 1 : -1;
    let index = order === "asc" ? 0 : this.size - 1;
    if (after !== undefined) {
      index = this.#indexOf(after);
      if (order === "desc") index -= 1;
      else if (this.#holds(after, index)) index += 1;
    }
    for (let entry = this.#at(index); entry !== undefined; entry = this.#at((index += step))) yield entry;
  }

  /** Where the key is, or else would be inserted. */
  #indexOf(key: K): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(this.#keys[middle] as K, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #holds(key: K, index: number): boolean {
    return index < this.size && this.#compare(this.#keys[index] as K, key) === 0;
  }

  #at(index: number): readonly [key: K, value: V] | undefined {
    return index < 0 || index >= this.size ? undefined : [this.#keys[index] as K, this.#values[index] as V];
  }
}
