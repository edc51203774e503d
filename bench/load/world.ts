import type { Holdfast } from "holdfast";
import { payloads } from "../payload.js";
import type { Findings } from "./findings.js";
import type { People } from "./people.js";

/** What the calls of one process have in common. */
export interface World {
  readonly db: Holdfast;
  readonly people: People;
  readonly findings: Findings;
  /** For how long a tail may keep one waiting for an event that is stored, before it counts as lost. */
  readonly arrivalMs: number;
}

const notes = payloads(50, 500).map(({ note, output }) => ({ note, output }));

/** What a tool may have answered: half a kilobyte. */
export function resultOf(n: number): object {
  return notes[n % notes.length]!;
}
