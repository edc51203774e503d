import { displayText } from "./display-text.js";

/** A stored value for people, over several lines: text as it is, anything else as JSON. */
export function displayValue(value: unknown): string {
  return typeof value === "string" ? displayText(value, { multiline: true }) : displayText(oneLine(value));
}

/** A stored value on one line, unescaped: pass it through `displayLine`. */
export function oneLine(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return `<${value.byteLength} bytes>`;
  return JSON.stringify(value) ?? "";
}
