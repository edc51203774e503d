import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseStrictJson } from "../../dist/wire/strict-json.js";
import { json } from "../properties/json-arbitraries.js";

const lowSurrogate = "\udc00";

describe("a JSON text", () => {
  it("is read as JSON.parse reads it, whatever the value and the spaces", () => {
    const spaces = fc.constantFrom(undefined, 2, "\t", " \n\r\t ");
    fc.assert(
      fc.property(json, spaces, (value, space) => {
        const text = JSON.stringify(value, null, space);
        const padded = typeof space === "string" ? `${space}${text}${space}` : text;
        expect(parseStrictJson(padded)).toEqual(JSON.parse(padded));
      }),
      { numRuns: 2000 },
    );
  });

  it("is refused exactly where JSON.parse refuses it, after any change of a character", () => {
    const change = fc.constantFrom(
      "",
      " ",
      '"',
      "\\",
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      "-",
      "0",
      "1",
      ".",
      "e",
      "+",
      "u",
      "\n",
    );
    fc.assert(
      fc.property(json, fc.nat(), change, fc.boolean(), (value, at, character, isInserted) => {
        const text = JSON.stringify(value);
        const where = at % (text.length + 1);
        const changed = text.slice(0, where) + character + text.slice(isInserted ? where : where + 1);
        const problem = problemOf(changed);
        expect(problem ?? "").toMatch(isJson(changed) ? /^$|twice|hold exactly/ : /./);
        const isTaken = problem === undefined;
        expect(isTaken && parseStrictJson(changed)).toEqual(isTaken && JSON.parse(changed));
      }),
      { numRuns: 5000 },
    );
  });

  it("is refused where an object has a key twice, however deep, late and differently written", () => {
    const keys = fc.uniqueArray(fc.string({ unit: "binary", maxLength: 6 }), { minLength: 1, maxLength: 60 });
    const escape = (key: string): string =>
      `"${key.replaceAll(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)}"`;
    const depths = fc.array(fc.boolean(), { maxLength: 100 });
    fc.assert(
      fc.property(keys, fc.nat(), fc.boolean(), depths, (names, at, isEscaped, levels) => {
        const again = names[at % names.length]!;
        const members = names.map((name) => `${JSON.stringify(name)}: {"a": 1}`);
        const wrap = (inner: string): string =>
          levels.reduce((text, isArray) => (isArray ? `[1, ${text}]` : `{"a": {"b": 2}, "b": ${text}}`), inner);
        expect(problemOf(wrap(`{${members.join(", ")}}`))).toBeUndefined();
        const repeated = isEscaped ? escape(again) : JSON.stringify(again);
        expect(problemOf(wrap(`{${members.join(", ")}, ${repeated}: 1}`))).toContain("twice in one object");
      }),
      { numRuns: 1000 },
    );
  });

  it("finds a key that is there twice among very many", () => {
    const members = Array.from({ length: 10_000 }, (_, index) => `"key${index}":0`);
    expect(problemOf(`{${members.join()},"key9999":0}`)).toContain('"key9999" twice');
    expect(problemOf(`{${members.join()},"key0":0}`)).toContain('"key0" twice');
  });

  it.each([
    ['{"a":1,"\\u0061":2}', 7, "twice"],
    ['{"a":{},"b":[{"x":1,"x":1}]}', 20, "twice"],
    ['{"__proto__":1,"__proto__":2}', 15, "twice"],
    ["9007199254740993", 0, "hold exactly"],
    ["[-9007199254740993]", 1, "hold exactly"],
    ["[12345678901234567890]", 1, "hold exactly"],
    ["1e999", 0, "hold exactly"],
    ["[1, -1.5E+400]", 4, "hold exactly"],
    ["1".repeat(400), 0, "hold exactly"],
    ["", 0, "is not JSON"],
    [" ", 1, "is not JSON"],
    ["{", 1, "is not JSON"],
    ['{"a"', 4, "is not JSON"],
    ['{"a":1,}', 7, "is not JSON"],
    ["[1,]", 3, "is not JSON"],
    ["[1 2]", 3, "is not JSON"],
    ["01", 1, "is not JSON"],
    ["-", 1, "is not JSON"],
    ["1.", 2, "is not JSON"],
    [".5", 0, "is not JSON"],
    ["1e", 2, "is not JSON"],
    ["NaN", 0, "is not JSON"],
    ["undefined", 0, "is not JSON"],
    ["nul", 0, "is not JSON"],
    ["'a'", 0, "is not JSON"],
    ['"a', 2, "is not JSON"],
    ['"\\x"', 1, "is not JSON"],
    ['"\\u12g4"', 1, "is not JSON"],
    ['"a\nb"', 2, "control character"],
    ["{} {}", 3, "is not JSON"],
    ["[] // no", 3, "is not JSON"],
    ["\u00a01", 0, "is not JSON"],
    ["\ufeff{}", 0, "byte order mark"],
    ["[".repeat(201), 200, "nested deeper"],
    ['{"a":'.repeat(201), 1000, "nested deeper"],
  ])("that is %j is refused, at %d", (text, offset, said) => {
    expect(() => parseStrictJson(text, "it")).toThrow(
      expect.objectContaining({
        code: "INVALID_ARGUMENT",
        details: { offset },
        message: expect.stringMatching(`^it .*${said}`),
      }),
    );
  });

  it.each([
    "[9007199254740992, -9007199254740992, 10000000000000000, 100000000000000000000]",
    `[${2 ** 60}, ${2n ** 60n}, 1e23, 123456789012345678901234567890.5, 0.1000000000000000055511, 1e-999]`,
    '"12345678901234567890"',
    '{"a":{"a":{"a":1}},"b":{"a":1}}',
    `["${lowSurrogate}", "\\ud800", "\\u0000"]`,
    `${"[".repeat(200)}${"]".repeat(200)}`,
  ])("that is %s is taken", (text) => {
    expect(parseStrictJson(text)).toEqual(JSON.parse(text));
  });

  it("may have __proto__ as a key, and nothing comes of it", () => {
    const value = parseStrictJson('{"__proto__":{"admin":true}}') as Record<string, unknown>;
    expect(Object.keys(value)).toEqual(["__proto__"]);
    expect(value["admin"]).toBeUndefined();
  });

  it("is refused without a word of what is in its values", () => {
    expect(problemOf('{"secret":"hunter2",}')).not.toContain("hunter2");
  });

  it.each([
    ["a byte that begins nothing", [0x22, 0xff, 0x22], 1],
    ["a sequence that is cut off", [0x22, 0xe2, 0x82, 0x22], 1],
    ["an overlong form", [0x22, 0xc0, 0x80, 0x22], 1],
    ["a surrogate", [0x22, 0xed, 0xa0, 0x80, 0x22], 1],
    ["one behind a replacement character that is really there", [0x22, 0xef, 0xbf, 0xbd, 0xc3, 0xa4, 0x80, 0x22], 6],
  ])("of bytes is refused with %s", (_, bytes, offset) => {
    expect(() => parseStrictJson(Uint8Array.from(bytes))).toThrow(
      expect.objectContaining({
        code: "INVALID_ARGUMENT",
        details: { offset },
        message: expect.stringContaining("UTF-8"),
      }),
    );
  });

  it("of bytes is read as UTF-8, and not with a byte order mark", () => {
    expect(parseStrictJson(Buffer.from('"ä€😀\ufffd"'))).toBe("ä€😀\ufffd");
    expect(() => parseStrictJson(Buffer.from("\ufeff1"))).toThrow("byte order mark");
  });

  it("of ten million brackets does no harm", () => {
    expect(problemOf("[".repeat(10_000_000))).toContain("nested deeper");
    expect(problemOf('[{"a":'.repeat(2_000_000))).toContain("nested deeper");
  });
});

function problemOf(text: string): string | undefined {
  try {
    parseStrictJson(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
