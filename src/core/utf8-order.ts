/**
 * The order of identifiers: that of their UTF-8 bytes, which is the order of their code points. JavaScript's `<` compares
 * UTF-16 units and puts `"😀"` before `"\uffee"`; this does not. All strings here are well-formed.
 */

/** Below 0 where `a` comes first, above 0 where `b` does, 0 where they are the same. */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const unitOfA = a.charCodeAt(index);
    const unitOfB = b.charCodeAt(index);
    if (unitOfA !== unitOfB) return rank(unitOfA) - rank(unitOfB);
  }
  return a.length - b.length;
}

/**
 * The smallest string that is greater than every string beginning with `prefix`; `undefined` where there is none. Those
 * strings are exactly the ones from `prefix` up to, and without, the successor.
 */
export function codePointSuccessor(prefix: string): string | undefined {
  const codePoints = [...prefix];
  for (let last = codePoints.pop(); last !== undefined; last = codePoints.pop()) {
    const codePoint = last.codePointAt(0) ?? 0;
    if (codePoint === lastCodePoint) continue;
    const next = codePoint + 1 === firstSurrogate ? afterSurrogates : codePoint + 1;
    return codePoints.join("") + String.fromCodePoint(next);
  }
  return undefined;
}

/**
 * A namespace as bytes: each segment's UTF-8 followed by a 0 byte. Different namespaces never have the same bytes, a
 * namespace's bytes begin with those of the namespaces above it, and their order is the order of namespaces.
 */
export function encodeNamespace(segments: readonly string[]): Uint8Array {
  return encoder.encode(joinNamespace(segments));
}

export function decodeNamespace(encoded: Uint8Array): string[] {
  return splitNamespace(decoder.decode(encoded));
}

/** What `encodeNamespace` encodes, as a string, which `compareUtf8` orders alike. */
export function joinNamespace(segments: readonly string[]): string {
  return segments.map((segment) => `${segment}\0`).join("");
}

export function splitNamespace(joined: string): string[] {
  return joined.split("\0").slice(0, -1);
}

const lastCodePoint = 0x10ffff;
const firstSurrogate = 0xd800;
const afterSurrogates = 0xe000;

const encoder = new TextEncoder();
// Without `ignoreBOM`, a U+FEFF at the beginning of the first segment would be dropped.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/** Surrogates stand for code points above U+FFFF, so they rank behind every unit that stands for itself. */
function rank(unit: number): number {
  return unit >= firstSurrogate && unit < afterSurrogates ? unit + 0x10000 : unit;
}
