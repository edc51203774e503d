import { createHash } from "node:crypto";

const known = new Map<string, string>();

/** The name under which a statement is prepared: the same for the same statement, in every process. */
export function statementName(sql: string): string {
  let name = known.get(sql);
  if (name === undefined) {
    name = `holdfast_${createHash("sha256").update(sql).digest("hex").slice(0, 16)}`;
    known.set(sql, name);
  }
  return name;
}
