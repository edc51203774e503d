/** The event that stands at an ordinal of the log that is archived. */
export function noteOf(ordinal) {
  return { kind: "note", ordinal, text: "Remember. ".repeat(ordinal % 20) };
}
