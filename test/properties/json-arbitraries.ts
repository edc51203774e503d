import fc from "fast-check";

/** What is stored for a value: `undefined` properties are left out, and `-0` is `0`. */
export function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.string({ unit: fc.constantFrom("\0", "\ud800", "\udfff", "\u2028", '"', "\\", "😀", "a"), maxLength: 6 }),
);

const name = fc.oneof(
  text,
  fc.constantFrom(
    "__proto__",
    "constructor",
    "toString",
    "toJSON",
    "hasOwnProperty",
    "length",
    "10",
    "9",
    "-1",
    "b",
    "a",
  ),
);

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 2 ** 53, -(2 ** 53), 5e-324, 1.7976931348623157e308, 0.1),
);

/** Any value that JSON can carry, with the names, characters and numbers that are easy to get wrong. */
export const json: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    fc.oneof(fc.constant(null), fc.boolean(), number, text, fc.jsonValue({ maxDepth: 1 })),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.array(fc.tuple(name, fc.option(tie("value"), { nil: undefined, freq: 9 })), { maxLength: 4 }).map(toObject),
  ),
})).value;

/** A value inside so many arrays and objects. */
export function nested(value: unknown, levels: number): unknown {
  let inside = value;
  for (let level = 0; level < levels; level++) inside = level % 2 === 0 ? [inside] : { a: inside };
  return inside;
}

/** Assigning `__proto__` would set the prototype instead. */
function toObject(entries: readonly (readonly [name: string, value: unknown])[]): object {
  const object = {};
  for (const [name, value] of entries) {
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return object;
}

class Point {
  readonly x = 1;
}

const cycle: { self?: unknown } = {};
cycle.self = cycle;

/** Values that JSON would drop, convert or choke on, by name. */
export const refused: Readonly<Record<string, unknown>> = {
  date: new Date(0),
  nan: NaN,
  infinity: -Infinity,
  bigint: 1n,
  hole: [1, , 2], // eslint-disable-line no-sparse-arrays
  namedProperty: Object.assign([1], { name: 2 }),
  function: () => 1,
  symbol: Symbol("s"),
  namedBySymbol: { [Symbol("s")]: 1 },
  instance: new Point(),
  map: new Map([["a", 1]]),
  set: new Set([1]),
  boxed: Object(1),
  bytes: new Uint8Array([1]),
  buffer: Buffer.from("a"),
  float64Array: new Float64Array(1),
  cycle,
  toJson: { toJSON: () => 1 },
  undefinedItem: [undefined],
  error: new Error("e"),
  regExp: /a/,
  promise: Promise.resolve(1),
};
