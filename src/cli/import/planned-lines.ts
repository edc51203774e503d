import { HoldfastError } from "../../contract/index.js";
import { invalid } from "../../core/arguments.js";
import { linesOf } from "./lines.js";
import type { Line } from "./lines.js";
import { lineIdentity, planImport } from "./plan.js";
import type { ImportPlan } from "./plan.js";
import { readTranscript } from "./transcript.js";
import type { Transcript } from "./transcript.js";

/** A line of the file with its plan, or with what is wrong with it. */
export type PlannedLine =
  | { readonly number: number; readonly plan: ImportPlan; readonly error?: undefined }
  | { readonly number: number; readonly plan?: undefined; readonly error: HoldfastError };

/**
 * The plans of all lines, in order; `userId` is the user of lines that name none.
 *
 * Throws where the file as a whole is of another kind; what is wrong with a single line is an answer.
 */
export async function* planLines(
  bytes: AsyncIterable<Buffer>,
  userId: string | undefined,
): AsyncGenerator<PlannedLine> {
  const seen = new SeenLines();
  let isFirst = true;
  for await (const line of linesOf(bytes)) {
    if (isFirst) refuseOtherKinds(line);
    isFirst = false;
    yield planLine(line, userId, seen);
  }
}

function planLine(line: Line, userId: string | undefined, seen: SeenLines): PlannedLine {
  try {
    if (line.text === undefined) throw line.problem;
    const transcript = readTranscript(line.text);
    const owner = transcript.userId ?? userId;
    if (owner === undefined)
      throw invalid("user_id", "is missing. Give the line one, or pass --user for all lines without one.");
    return { number: line.number, plan: planImport(transcript, owner, seen.add(transcript, owner, line.number)) };
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return { number: line.number, error };
  }
}

function refuseOtherKinds({ text = "" }: Line): void {
  if (text.startsWith("[")) throw otherKind("a JSON array", "jq -c '.[]' FILE");
  if (text.startsWith("{") && !text.endsWith("}"))
    throw otherKind("one JSON document over several lines", "jq -c . FILE");
}

function otherKind(what: string, convert: string): HoldfastError {
  return invalid(
    "FILE",
    `looks like ${what}; import takes JSON lines, one conversation a line. To convert it: ${convert}`,
  );
}

/** The lines so far: equal lines without an id are counted, a repeated id is refused. */
class SeenLines {
  readonly #occurrences = new Map<string, number>();
  readonly #lineOfId = new Map<string, number>();

  /** How many equal lines came before. */
  add(transcript: Transcript, owner: string, number: number): number {
    if (transcript.id !== undefined) return this.#addId(transcript.id, number);
    const identity = JSON.stringify([owner, lineIdentity(transcript)]);
    const occurrence = this.#occurrences.get(identity) ?? 0;
    this.#occurrences.set(identity, occurrence + 1);
    return occurrence;
  }

  #addId(id: string, number: number): number {
    const before = this.#lineOfId.get(id);
    if (before !== undefined) throw invalid("id", `${JSON.stringify(id)} is already that of line ${before}.`);
    this.#lineOfId.set(id, number);
    return 0;
  }
}
