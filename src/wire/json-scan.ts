import { randomInt } from "node:crypto";
import { HoldfastError } from "../contract/index.js";
import type { ErrorDetails } from "../contract/index.js";
import { describe } from "../core/arguments.js";

/** Levels of objects and arrays inside of one another that a text may have: a value's 128, and what is around it. */
const maxDepth = 200;

/**
 * Throws `INVALID_ARGUMENT` with `details.offset`, counted in UTF-16 units, where `text` is not JSON, or is JSON that
 * `JSON.parse` would give back as something else: a key that an object has twice, an integer that a number cannot hold, a
 * number that is too large for one. Also where it is nested too deeply to be looked at. `facts` are put into `details`.
 */
export function scanJson(text: string, what: string, facts: ErrorDetails = {}): void {
  new JsonScan(text, what, facts).run();
}

const tab = 9;
const newline = 10;
const carriageReturn = 13;
const space = 32;
const quote = 34;
const plus = 43;
const comma = 44;
const minus = 45;
const dot = 46;
const zero = 48;
const nine = 57;
const colon = 58;
const openBracket = 91;
const backslash = 92;
const closeBracket = 93;
const openBrace = 123;
const closeBrace = 125;

/** Each method reads what begins at `at`, and returns where it ends. */
class JsonScan {
  readonly #text: string;
  readonly #what: string;
  readonly #facts: ErrorDetails;
  /** Where the keys of the open objects begin, outermost first, and their hashes: a set for each object would cost most of the time. */
  readonly #starts: number[] = [];
  readonly #hashes: number[] = [];
  #keyCount = 0;
  /** The hash of the key that was read last. */
  #hash = 0;
  #depth = 0;

  constructor(text: string, what: string, facts: ErrorDetails) {
    this.#text = text;
    this.#what = what;
    this.#facts = facts;
  }

  run(): void {
    const end = this.#spaces(this.#value(this.#spaces(0)));
    if (end < this.#text.length) throw this.#unexpected(end, "nothing more");
  }

  #value(at: number): number {
    const code = this.#text.charCodeAt(at);
    switch (code) {
      case quote:
        return this.#string(at);
      case openBrace:
        return this.#object(at);
      case openBracket:
        return this.#array(at);
      case 116:
        return this.#word(at, "true");
      case 102:
        return this.#word(at, "false");
      case 110:
        return this.#word(at, "null");
      default:
        if (code === minus || isDigit(code)) return this.#number(at);
        throw this.#unexpected(at, "a value");
    }
  }

  #object(start: number): number {
    this.#enter(start);
    const firstKey = this.#keyCount;
    let many: Set<string> | undefined;
    let at = this.#spaces(start + 1);
    if (this.#text.charCodeAt(at) !== closeBrace) {
      for (;;) {
        const end = this.#key(at);
        many = this.#note(at, firstKey, many);
        at = this.#spaces(end);
        if (this.#text.charCodeAt(at) !== colon) throw this.#unexpected(at, '":"');
        at = this.#spaces(this.#value(this.#spaces(at + 1)));
        const code = this.#text.charCodeAt(at);
        if (code === closeBrace) break;
        if (code !== comma) throw this.#unexpected(at, '"," or "}"');
        at = this.#spaces(at + 1);
      }
    }
    this.#keyCount = firstKey;
    this.#depth--;
    return at + 1;
  }

  /** As `#string`, and leaves the hash of what the string means in `#hash`. */
  #key(start: number): number {
    const text = this.#text;
    if (text.charCodeAt(start) !== quote) throw this.#unexpected(start, "a key in double quotes");
    let at = start + 1;
    let hash = 0;
    let code = text.charCodeAt(at);
    while (code >= space && code !== quote && code !== backslash) {
      hash = (Math.imul(hash, multiplier) + code) | 0;
      code = text.charCodeAt(++at);
    }
    this.#hash = hash;
    if (code === quote) return at + 1;
    const end = this.#string(start);
    this.#hash = hashOf(this.#keyAt(start));
    return end;
  }

  /** Notes the key at `at` of an object, or refuses it where the object has it. Returns the set to come with next time. */
  #note(at: number, firstKey: number, many: Set<string> | undefined): Set<string> | undefined {
    const count = this.#keyCount;
    if (count - firstKey < 32) {
      const hash = this.#hash;
      const hashes = this.#hashes;
      for (let index = firstKey; index < count; index++) if (hashes[index] === hash) this.#refuseSame(at, index);
      hashes[count] = hash;
      this.#starts[count] = at;
      this.#keyCount++;
      return undefined;
    }
    const keys = many ?? new Set(this.#starts.slice(firstKey, count).map((start) => this.#keyAt(start)));
    const key = this.#keyAt(at);
    if (keys.has(key)) throw this.#repeated(at, key);
    return keys.add(key);
  }

  #refuseSame(at: number, index: number): void {
    const key = this.#keyAt(at);
    if (this.#keyAt(this.#starts[index]!) === key) throw this.#repeated(at, key);
  }

  #keyAt(start: number): string {
    const key = this.#text.slice(start + 1, this.#string(start) - 1);
    return key.includes("\\") ? (JSON.parse(`"${key}"`) as string) : key;
  }

  #array(start: number): number {
    this.#enter(start);
    let at = this.#spaces(start + 1);
    if (this.#text.charCodeAt(at) !== closeBracket) {
      for (;;) {
        at = this.#spaces(this.#value(at));
        const code = this.#text.charCodeAt(at);
        if (code === closeBracket) break;
        if (code !== comma) throw this.#unexpected(at, '"," or "]"');
        at = this.#spaces(at + 1);
      }
    }
    this.#depth--;
    return at + 1;
  }

  #string(start: number): number {
    const text = this.#text;
    let at = start + 1;
    for (;;) {
      const far = at + 32;
      let code = text.charCodeAt(at);
      while (code >= space && code !== quote && code !== backslash && at < far) code = text.charCodeAt(++at);
      if (at === far) code = text.charCodeAt((at = endOfPlain(text, at)));
      if (code === quote) return at + 1;
      if (code === backslash) at = this.#escape(at);
      else if (at < text.length) throw this.#fault(at, "has a control character in a string: write it as \\u00XX");
      else throw this.#unexpected(at, "the end of a string");
    }
  }

  #escape(at: number): number {
    const code = this.#text.charCodeAt(at + 1);
    if (isShortEscape(code)) return at + 2;
    if (code === 117 && /^[0-9a-f]{4}$/i.test(this.#text.slice(at + 2, at + 6))) return at + 6;
    throw this.#fault(at, "is not JSON: it has an escape that JSON does not know");
  }

  #number(start: number): number {
    const text = this.#text;
    const first = text.charCodeAt(start) === minus ? start + 1 : start;
    const integerEnd = text.charCodeAt(first) === zero ? first + 1 : this.#digits(first);
    let at = integerEnd;
    if (text.charCodeAt(at) === dot) at = this.#digits(at + 1);
    const hasExponent = (text.charCodeAt(at) | 0x20) === 101;
    if (hasExponent) {
      const sign = text.charCodeAt(at + 1);
      at = this.#digits(sign === plus || sign === minus ? at + 2 : at + 1);
    }
    const isLossy =
      hasExponent || integerEnd - first > 308
        ? !Number.isFinite(Number(text.slice(start, at)))
        : at === integerEnd && at - first > 15 && !isExactInteger(text.slice(start, at));
    if (isLossy) throw this.#inexact(start, at);
    return at;
  }

  #digits(start: number): number {
    let at = start;
    while (isDigit(this.#text.charCodeAt(at))) at++;
    if (at === start) throw this.#unexpected(at, "a digit");
    return at;
  }

  #word(at: number, word: string): number {
    if (!this.#text.startsWith(word, at)) throw this.#unexpected(at, "a value");
    return at + word.length;
  }

  #spaces(start: number): number {
    let at = start;
    for (;;) {
      const code = this.#text.charCodeAt(at);
      if (code > space || (code !== space && code !== newline && code !== carriageReturn && code !== tab)) return at;
      at++;
    }
  }

  #enter(at: number): void {
    if (++this.#depth > maxDepth) throw this.#fault(at, `is nested deeper than ${maxDepth} levels`);
  }

  #unexpected(at: number, expected: string): HoldfastError {
    const found = at < this.#text.length ? "" : ", and it ends there";
    return this.#fault(at, `is not JSON: there should be ${expected}${found}`);
  }

  #repeated(at: number, key: string): HoldfastError {
    return this.#fault(at, `has the key ${describe(key)} twice in one object`);
  }

  #inexact(start: number, end: number): HoldfastError {
    const number = this.#text.slice(start, Math.min(end, start + 40));
    const rest = end > start + 40 ? "…" : "";
    return this.#fault(
      start,
      `has the number ${number}${rest}, which JavaScript cannot hold exactly: write it as a string`,
    );
  }

  #fault(offset: number, problem: string): HoldfastError {
    return new HoldfastError("INVALID_ARGUMENT", `${this.#what} ${problem} (at character ${offset}).`, {
      details: { ...this.#facts, offset },
    });
  }
}

const plain = /[ !#-[\]-\uffff]*/y;

/** Where what needs no escape in a string ends. Over a long way, an expression is several times faster than a loop. */
function endOfPlain(text: string, at: number): number {
  plain.lastIndex = at;
  plain.test(text);
  return plain.lastIndex;
}

function isDigit(code: number): boolean {
  return code >= zero && code <= nine;
}

/** Whether it is one of `" \\ / b f n r t`, behind a backslash. */
function isShortEscape(code: number): boolean {
  switch (code) {
    case quote:
    case backslash:
    case 47:
    case 98:
    case 102:
    case 110:
    case 114:
    case 116:
      return true;
    default:
      return false;
  }
}

/** Whether a number is this integer, or is written so by JavaScript itself, which rounds: `2 ** 60` is `1152921504606847000` there. */
function isExactInteger(text: string): boolean {
  const number = Number(text);
  return Number.isSafeInteger(number) || String(number) === text || BigInt(text) === BigInt(number);
}

/** Random, so that nobody can send keys that are made to have the same hash. */
const multiplier = randomInt(1, 2 ** 31) * 2 + 1;

function hashOf(key: string): number {
  let hash = 0;
  for (let at = 0; at < key.length; at++) hash = (Math.imul(hash, multiplier) + key.charCodeAt(at)) | 0;
  return hash;
}
