import { createHmac } from "node:crypto";

/** What is named by a hash once it was erased. */
export type HashedKind = "tenant" | "user" | "thread" | "log" | "message" | "entry";

/** The keyed hash that stands for something that was erased: HMAC-SHA-256, in hex. A tenant stands for itself. */
export function subjectHash(key: Uint8Array | string, kind: HashedKind, tenantId: string, ...id: string[]): string {
  return createHmac("sha256", key)
    .update(JSON.stringify([kind, tenantId, ...id]))
    .digest("hex");
}
