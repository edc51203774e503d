import type { Holdfast, TenantId } from "../../contract/index.js";

const name = "npm start";
const dayMs = 86_400_000;

/** Makes a token for the tenant of the sample, and ends the one that was made before: a secret can be shown only once. */
export async function makeSampleToken(db: Holdfast, tenantId: TenantId): Promise<string> {
  for await (const token of db.tokens.list())
    if (token.name === name && token.tenantId === tenantId) await db.tokens.revoke(token.id);
  const { secret } = await db.tokens.create({
    tenantId,
    scopes: ["read", "write"],
    name,
    expiresAt: Date.now() + dayMs,
  });
  return secret;
}
