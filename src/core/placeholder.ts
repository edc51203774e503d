import { isPlainObject } from "./json.js";

/** Stands, in what `build` returns, for a result that is not there yet. */
export class Placeholder {
  readonly #position: number;
  /** The id of what the recorded operation creates. */
  declare readonly id?: string;

  constructor(position: number, id?: string) {
    this.#position = position;
    if (id !== undefined) Object.defineProperty(this, "id", { value: id, enumerable: true });
  }

  resultIn(results: readonly unknown[]): unknown {
    return results[this.#position];
  }
}

/** A copy of `value` in which every placeholder in its arrays and plain objects is replaced by its result. */
export function fillIn(value: unknown, results: readonly unknown[]): unknown {
  return fill(value, results, new Map());
}

function fill(value: unknown, results: readonly unknown[], copies: Map<object, unknown>): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Placeholder) return value.resultIn(results);
  if (copies.has(value)) return copies.get(value);
  if (Array.isArray(value)) {
    const copy: unknown[] = [];
    copies.set(value, copy);
    for (const item of value) copy.push(fill(item, results, copies));
    return copy;
  }
  if (!isPlainObject(value)) return value;
  const copy = Object.create(Object.getPrototypeOf(value) as object | null) as object;
  copies.set(value, copy);
  for (const [name, item] of Object.entries(value)) {
    Object.defineProperty(copy, name, {
      value: fill(item, results, copies),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return copy;
}
