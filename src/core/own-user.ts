import { HoldfastError } from "../contract/index.js";
import type { Scope } from "./backend.js";

/** Whether a scope is that of another user: then what is asked about this one does not exist. */
export function isForeign({ userId }: Scope, user: string): boolean {
  return userId !== undefined && userId !== user;
}

/** Refuses to write for another user than that of the scope. */
export function checkOwnUser<U extends string | undefined>(of: Scope, user: U, path: string): U {
  if (user === undefined || !isForeign(of, user)) return user;
  throw new HoldfastError("FORBIDDEN", `${path} names another user than the one whose stores these are.`, {
    details: { path },
  });
}
