import { noteOf } from "./note.mjs";
import { given, openStore, say } from "./setup.mjs";

// Appends notes to a log, archives some, and forks it, over and over. It prints `forking N` and `forked N AT BRANCH_ORDINAL`.

const notesPerRound = 400;
const { threadId, fork: firstFork } = given;
const db = await openStore();
const { log } = db.tenant("tenant");

for (let fork = firstFork; ; fork++) {
  const { head } = await log.append(
    threadId,
    Array.from({ length: notesPerRound }, (_, index) => noteOf(index)),
  );
  await log.archiveBefore(threadId, Math.floor(head / 2));
  const at = head - (fork % notesPerRound);
  say("forking", fork);
  const { branchOrdinal } = await log.fork(threadId, at, `fork ${fork}`, { operationId: `fork ${fork}` });
  say("forked", fork, at, branchOrdinal);
}
