/**
 * Makes stored text safe to show: what could move the cursor, change colours or reorder what is read becomes a visible
 * `\x1b` or `\u{202e}`. With `multiline`, line breaks and tabs stay.
 */
export function displayText(text: string, { multiline = false }: { readonly multiline?: boolean } = {}): string {
  return text.replace(unsafe, (character) => {
    if (multiline && (character === "\n" || character === "\t")) return character;
    return shortEscapes[character] ?? escape(character.codePointAt(0)!);
  });
}

/** Text on one line, of at most `columns` columns of a terminal; what is cut shows as `…`. */
export function displayLine(text: string, columns: number): string {
  // Text far beyond the limit is cut before it is looked at: an event may hold a megabyte.
  const beginning = text.slice(0, columns * 4 + 16);
  const isCut = beginning.length < text.length;
  const shown = displayText(beginning);
  if (!isCut && displayWidth(shown) <= columns) return shown;
  let line = "";
  let width = 0;
  for (const { segment } of segmenter.segment(shown)) {
    width += segmentWidth(segment);
    if (width > columns - 1) return `${line}…`;
    line += segment;
  }
  return isCut ? `${line}…` : line;
}

/** How many columns of a terminal the text takes. */
export function displayWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += segmentWidth(segment);
  return width;
}

// C0 and C1 controls, marks that reorder text or cannot be seen, line separators, and lone surrogates.
const unsafe = /[\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;
const wide =
  /^(?:\p{Emoji_Presentation}|.\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}])/u;

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
const shortEscapes: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escape(codePoint: number): string {
  return codePoint < 0x100 ? `\\x${codePoint.toString(16).padStart(2, "0")}` : `\\u{${codePoint.toString(16)}}`;
}

function segmentWidth(segment: string): number {
  return wide.test(segment) ? 2 : 1;
}
