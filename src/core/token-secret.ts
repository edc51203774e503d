import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { parse, v7 } from "uuid";

/** A secret that was just made, and the id of its token. */
export interface NewSecret {
  readonly id: string;
  readonly secret: string;
}

const idBytes = 16;
const randomLength = 32;

/** The base64url of the id of the token and 32 random bytes: 48 bytes, so it has one spelling. */
const spelling = /^hf_([\w-]{64})$/;

/** Makes a secret. The id is in it, so that what is kept of it is found by the id. */
export function newSecret(): NewSecret {
  const id = v7();
  const bytes = Buffer.concat([parse(id), randomBytes(randomLength)]);
  return { id, secret: `hf_${bytes.toString("base64url")}` };
}

/** The id of the token that a text would be the secret of; `undefined` where it can be that of none. */
export function idInSecret(text: string): string | undefined {
  const [, encoded] = spelling.exec(text) ?? [];
  if (encoded === undefined) return undefined;
  const hex = Buffer.from(encoded, "base64url").toString("hex", 0, idBytes);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** What is kept of a secret. It is random, so its SHA-256 needs no salt and no stretching. */
export function secretHash(secret: string): string {
  return hashOf(secret).toString("base64url");
}

/** Whether this is the secret that a hash was made of. Takes as long for every secret. */
export function isSecretOf(hash: string, secret: string): boolean {
  const kept = Buffer.from(hash, "base64url");
  const shown = hashOf(secret);
  return kept.length === shown.length && timingSafeEqual(kept, shown);
}

function hashOf(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}
