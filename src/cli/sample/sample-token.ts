import type { Holdfast, TenantId, TokenStore } from "../../contract/index.js";

const name = "npm start";
const dayMs = 86_400_000;

/** Makes a token for the tenant of the sample, and ends the one that was made before: a secret can be shown only once. */
export async function makeSampleToken(db: Holdfast, tenantId: TenantId): Promise<string> {
  const { tokens } = db as Holdfast & { readonly tokens: TokenStore };
  for await (const token of tokens.list())
    if (token.name === name && token.tenantId === tenantId) await tokens.revoke(token.id);
  const { secret } = await tokens.create({ tenantId, scopes: ["read", "write"], name, expiresAt: Date.now() + dayMs });
  return secret;
}
