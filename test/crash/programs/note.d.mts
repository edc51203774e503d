export interface Note {
  readonly kind: "note";
  readonly ordinal: number;
  readonly text: string;
}

export function noteOf(ordinal: number): Note;
