import { z } from "zod";
import { limits } from "../contract/index.js";
import type { CreatedToken, NewToken, Token, TokenStore } from "../contract/index.js";
import { epochMs, identifier, tenantId, text } from "./fields.js";
import { pageOptions } from "./options.js";
import { maybe, page, plain, yesOrNo } from "./results.js";
import { routesOf } from "./route.js";
import type { Route } from "./route.js";
import { described, given, made, named } from "./schema.js";
import type { Fields } from "./schema.js";

const scope = z.enum(["read", "write", "operator"]);

const tokenFields: Fields<Token> = {
  id: z.string(),
  tenantId: z.string().optional(),
  userId: z.string().optional(),
  scopes: z.array(scope),
  name: z.string().optional(),
  createdAt: epochMs("When it was made."),
  expiresAt: epochMs("From when on it is worth nothing; absent where it does not expire.").optional(),
};

const created = made<CreatedToken>({
  ...tokenFields,
  secret: described(z.string(), "What its holder shows. It is given here, once, and can be had from nowhere again."),
});

const token = plain(named("Token", "What is known of a token.", made<Token>(tokenFields)));

const newToken = given<NewToken>({
  tenantId: tenantId("The one tenant that it is for. Must be given, but for an operator's.").optional(),
  userId: identifier("The one user that it is for. Needs a tenantId, and is no operator's.").optional(),
  scopes: described(z.array(scope).min(1).max(3), "What it allows: at least one."),
  expiresAt: epochMs("From when on it is worth nothing; never, by default.").optional(),
  name: text("What it is for, in words.", 256).optional(),
});

/** The routes of `TokenStore`. */
export const tokenRoutes: Readonly<Record<keyof TokenStore, Route>> = routesOf<keyof TokenStore>(
  "tokens.",
  "instance",
  {
    create: {
      kind: "step",
      says: "Makes a token. Its secret is in this answer, and nowhere else.",
      parameters: { token: named("NewToken", "A token to make.", newToken) },
      result: plain(named("CreatedToken", "A token with its secret.", created)),
      example: { token: { tenantId: "acme", scopes: ["read", "write"], name: "the support agent" } },
    },
    verify: {
      kind: "read",
      says: "The token with this secret; no result where there is none, or it has expired or was revoked.",
      parameters: { secret: text("What its holder shows.", limits.valueBytes) },
      result: maybe(token),
      example: { secret: "hf_nobodys" },
    },
    list: {
      kind: "read",
      says: "All tokens that were neither revoked nor have expired, oldest first.",
      parameters: {},
      options: pageOptions,
      result: page(token),
      example: { options: { limit: 100 } },
    },
    revoke: {
      kind: "step",
      says: "Ends a token at once, on every server of the store. false where there is none of this id.",
      parameters: { tokenId: identifier("The token's id.") },
      result: yesOrNo,
      example: { tokenId: "the id of a token" },
    },
  },
);
