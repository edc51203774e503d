import type { ErasureReceipt, Holdfast } from "../../contract/index.js";
import { displayCount } from "../display-count.js";
import { displayRows } from "../display-rows.js";
import { print, warn } from "../output.js";
import { toJson } from "../to-json.js";
import { displayErasure, erase } from "./erasure.js";
import type { Matched } from "./match-erasures.js";

/** Erases again what was found, and prints each. */
export async function replay(
  db: Holdfast,
  { erasures, unmatched }: Matched,
  reason: string | undefined,
  json: boolean | undefined,
): Promise<void> {
  const erased: object[] = [];
  for (const erasure of erasures) {
    const receipt: ErasureReceipt = await erase(db, erasure, reason);
    if (json) erased.push({ ...erasure, receipt });
    else await print(`erased ${displayErasure(erasure)}: ${displayRows(receipt.removed)}`);
  }
  const lines = unmatched.map(({ line }) => line);
  if (json) await print(toJson({ erased, unmatched: lines }));
  else await print(`erased ${erasures.length} again; ${matchedNothing(lines)}`);
  // A wrong key looks the same as a store in which nothing is left to erase.
  if (erasures.length === 0 && lines.length > 0)
    warn("holdfast: no erasure matched. That is right where none of it is in the store, or the sign of a wrong key.");
}

function matchedNothing(lines: readonly number[]): string {
  const named = lines.length === 0 ? "" : ` (${lines.slice(0, 20).join(", ")}${lines.length > 20 ? ", …" : ""})`;
  return `${displayCount(lines.length, "line")} matched nothing in the store${named}`;
}
