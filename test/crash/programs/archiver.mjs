import { noteOf } from "./note.mjs";
import { given, openStore, say } from "./setup.mjs";

// Appends notes and archives most of them, over and over, and prints `head N` or `watermark N` as soon as that is
// acknowledged.

const notesPerRound = 2_000;
const { archive, threadId, head: firstHead } = given;
const db = await openStore({ archive });
const { log } = db.tenant("tenant");

for (let head = firstHead; ; head += notesPerRound) {
  const notes = Array.from({ length: notesPerRound }, (_, index) => noteOf(head + index + 1));
  say("head", (await log.append(threadId, notes, { expectedHead: head })).head);
  say("watermark", (await log.archiveBefore(threadId, head + notesPerRound - 10)).watermark);
}
