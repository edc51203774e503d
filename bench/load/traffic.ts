import { erasePerson } from "./erase.js";
import type { Kind } from "./kinds.js";
import { Person } from "./people.js";
import { archive, readContext, resumeTail } from "./reads.js";
import { appendShared, repeatTurn, takeTurn } from "./turn.js";
import type { World } from "./world.js";

/** Makes one call of a kind, for someone picked at random. Resolves with the kind it came to: what is not there yet is begun. */
export async function makeCall(world: World, kind: Kind): Promise<Kind> {
  const { people } = world;
  const begun = people.anyBegun();
  const begunPerson = begun instanceof Person ? begun : people.anyPerson();
  switch (kind) {
    case "append":
      await appendShared(world, people.anySharedLog());
      return kind;
    case "repeat":
      return repeatTurn(world, begunPerson);
    case "context":
      await readContext(world, begunPerson);
      return kind;
    case "tail":
    case "archive":
      if (begun === undefined || begun.ledger.head === 0) break;
      await (kind === "tail" ? resumeTail : archive)(world, begun);
      return kind;
    case "erase":
      if (await erasePerson(world, begunPerson)) return kind;
      break;
    default:
      break;
  }
  await takeTurn(world, people.anyPerson());
  return "turn";
}
