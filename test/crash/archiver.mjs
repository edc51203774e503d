import { writeSync } from "node:fs";
import { open } from "holdfast";
import { noteOf } from "./note.mjs";

// The process that the crash test kills while it archives: it appends notes and archives most of them, over and over, and
// prints `head N` or `watermark N` as soon as that is acknowledged.

const notesPerRound = 2_000;
const { url, driver, threadId, head: firstHead } = JSON.parse(process.argv[2]);
const db = await open(url, { driver });
const { log } = db.tenant("tenant");

for (let head = firstHead; ; head += notesPerRound) {
  const notes = Array.from({ length: notesPerRound }, (_, index) => noteOf(head + index + 1));
  writeSync(1, `head ${(await log.append(threadId, notes, { expectedHead: head })).head}\n`);
  writeSync(1, `watermark ${(await log.archiveBefore(threadId, head + notesPerRound - 10)).watermark}\n`);
}
