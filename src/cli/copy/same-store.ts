import { statSync } from "node:fs";
import { isServer, sqliteFileOf } from "../../open.js";

/** Whether two URLs are known to mean the same store, however their paths are written or linked. */
export function isSameStore(one: string, other: string): boolean {
  if (isServer(one) && isServer(other)) return new URL(one).href === new URL(other).href;
  const [first, second] = [one, other].map(fileOf);
  if (first === undefined || second === undefined) return false;
  return first.dev === second.dev && first.ino === second.ino;
}

function fileOf(url: string): { readonly dev: bigint; readonly ino: bigint } | undefined {
  const path = sqliteFileOf(url);
  return path === undefined ? undefined : statSync(path, { bigint: true, throwIfNoEntry: false });
}
