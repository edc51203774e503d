import { erase, fill, filledAt, subjectOf } from "./erasable.mjs";
import { given, openStore, say } from "./setup.mjs";

// Fills a user, a thread or a tenant with data and erases it again, over and over. It prints `filled ROUND`, `erasing ROUND`
// and `erased ROUND RECEIPT`.

const db = await openStore({ archive: given.archive, erasures: given.erasures, clock: () => filledAt });
for (let round = given.round; ; round++) {
  const subject = subjectOf(round);
  await fill(db, subject);
  say("filled", round);
  say("erasing", round);
  say("erased", round, (await erase(db, subject)).id);
}
