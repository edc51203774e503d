import { subjectHash } from "../../core/subject-hash.js";
import { addTombstones, removeTombstones } from "./burials.js";
import type { Erasing } from "./erasure.js";
import { arrayText } from "./arrays.js";
import { rowsPerStep } from "./steps.js";
import { statement } from "./transaction.js";

/**
 * The addresses of entries and the ids of threads and logs that one erasure removed, as hashes: until it has looked through
 * the records of commits, some of which name nothing else. Unlike other tombstones they are gone when it ends, so that
 * records of what another erasure removed are not taken for its own, and the addresses are free at once.
 */
type AddressKind = "thread" | "entry";

const kinds: readonly AddressKind[] = ["thread", "entry"];

export async function rememberErased(erasing: Erasing, kind: AddressKind, names: readonly string[]): Promise<void> {
  const hashes = names.map((name) => hashOf(erasing, kind, name));
  await erasing.tx.run([addTombstones(erasing.tid, kindName(erasing, kind), hashes)]);
}

/** Those of these subjects of records, as `Subject` writes them, that the erasure has removed. */
export async function erasedAmong(erasing: Erasing, subjects: readonly string[]): Promise<ReadonlySet<string>> {
  const erased = new Set<string>();
  for (const kind of kinds) {
    const prefix = `${kind}:`;
    const named = subjects.filter((subject) => subject.startsWith(prefix));
    const hashes = new Map(named.map((subject) => [hashOf(erasing, kind, subject.slice(prefix.length)), subject]));
    const query = statement(find, erasing.tid, kindName(erasing, kind), arrayText([...hashes.keys()]));
    const [found] = named.length === 0 ? [] : await erasing.tx.run([query]);
    for (const [hash] of found?.rows ?? []) erased.add(hashes.get(hash as string) ?? "");
  }
  return erased;
}

const find = "SELECT hash FROM @tombstones WHERE tenant_id = $1 AND kind = $2 AND hash = ANY ($3::text[])";

/** Forgets some of them, and at last that the user is being erased. True once none is left. */
export async function forgetErased(erasing: Erasing): Promise<boolean> {
  const { tx, tid, subject } = erasing;
  for (const kind of kinds) {
    const [removed] = await tx.run([removeTombstones(tid, kindName(erasing, kind), rowsPerStep)]);
    if (removed?.count === rowsPerStep) return false;
  }
  await tx.run([
    statement("DELETE FROM @tombstones WHERE tenant_id = $1 AND kind = 'user' AND hash = $2", tid, subject),
  ]);
  return true;
}

function kindName({ id }: Erasing, kind: AddressKind): string {
  return `${kind} of ${id}`;
}

function hashOf({ store, tenantId }: Erasing, kind: AddressKind, name: string): string {
  return subjectHash(store.hashKey, kind, tenantId, name);
}
