import { limits } from "../contract/index.js";
import type { CreatedToken, KvEntry, KvMetadata, Page, Token, TokenStore } from "../contract/index.js";
import type { Scope } from "./backend.js";
import { identifier, invalid } from "./arguments.js";
import type { Call } from "./interruption.js";
import { askEntries, askEntry } from "./kv-reads.js";
import { longestTtlMs, prepareDeleteEntry, preparePut } from "./kv-writes.js";
import type { OpenStore } from "./open-store.js";
import { pageOptions } from "./pages.js";
import type { Asked, Options, Prepared, Surroundings } from "./prepared.js";
import { reservedTenant } from "./reserved-tenant.js";
import { TenantChannel, withoutIndex } from "./tenant-channel.js";
import { checkToken } from "./token-fields.js";
import type { TokenFields } from "./token-fields.js";
import { idInSecret, isSecretOf, newSecret, secretHash } from "./token-secret.js";

/** A token as it is kept: the value of an entry whose key is its id. */
interface KeptToken extends TokenFields {
  readonly hash: string;
}

/** Where they are, in the reserved tenant. */
const namespace = ["tokens"];

/** The tokens of a store, on any engine. */
export function tokenStore(store: OpenStore): TokenStore {
  const channel = new TenantChannel(store, { tenantId: reservedTenant });
  return {
    create: (token, options) =>
      channel.runOther("tokens.create", options, [], async (call) => {
        return { value: await createToken(channel, token, call), rows: 1 };
      }),
    verify: (secret, options) => channel.readOne("tokens.verify", options, [], () => askToken(store, secret)),
    list: (options) => channel.readList("tokens.list", options, pageOptions, (given) => askTokens(channel, given)),
    revoke: (tokenId, options) =>
      channel.runOther("tokens.revoke", options, [], async (call) => {
        const deletion = prepareDeleteEntry(namespace, identifier(tokenId, "tokenId"), {});
        return { value: await commitOne(channel, deletion, call), rows: 1 };
      }),
  };
}

/** Ends the tokens of one user, or of all of a tenant, so that nothing of them is left. */
export async function revokeTokensOf(store: OpenStore, { tenantId, userId }: Scope, call: Call): Promise<void> {
  const channel = new TenantChannel(store, { tenantId: reservedTenant });
  let cursor: string | undefined;
  do {
    const question = askEntries(channel, namespace, { limit: limits.pageItems, cursor });
    const [page] = (await channel.answer([question], call)) as [Page<KvEntry>];
    const theirs = page.items.filter(({ value }) => {
      const token = value as KeptToken;
      return token.tenantId === tenantId && (userId === undefined || token.userId === userId);
    });
    const deletions = theirs.map(({ key }) => prepareDeleteEntry(namespace, key, {}));
    if (deletions.length > 0) await channel.commit(deletions, {}, call);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

async function createToken(channel: TenantChannel, token: unknown, call: Call): Promise<CreatedToken> {
  const now = channel.store.clock();
  const fields = checkToken(token, now);
  const { id, secret } = newSecret();
  const kept: KeptToken = { ...fields, hash: secretHash(secret) };
  const { createdAt } = await commitOne(channel, preparePut(around, namespace, id, kept, lifetime(kept, now)), call);
  return { ...toToken({ key: id, value: kept, createdAt }), secret };
}

/** As anywhere, but that a store may be opened with a `maxValueBytes` that no token fits into. */
const around: Surroundings = {
  tenantId: reservedTenant,
  maxValueBytes: limits.valueBytes,
  makeId: () => newSecret().id,
};

/** An entry may end a little after its token, as it is stored a little later: the token knows when it ends itself. */
function lifetime({ expiresAt }: KeptToken, now: number): Options {
  return expiresAt === undefined ? {} : { ttlMs: Math.min(expiresAt - now, longestTtlMs) };
}

async function commitOne<T>(channel: TenantChannel, prepared: Prepared<T>, call: Call): Promise<T> {
  const [value] = await withoutIndex(channel.commit([prepared], {}, call));
  return value as T;
}

function askToken(store: OpenStore, secret: unknown): Asked<Token | undefined> {
  if (typeof secret !== "string") throw invalid("secret", "must be a string.");
  const rows = (found: Token | undefined): number => (found === undefined ? 0 : 1);
  const id = idInSecret(secret);
  if (id === undefined) return { present: () => undefined, rows };
  const { query, present } = askEntry(namespace, id);
  return {
    ...(query !== undefined && { query }),
    present(answer: never) {
      const entry = present(answer);
      if (entry === undefined || !isSecretOf((entry.value as KeptToken).hash, secret)) return undefined;
      return isLive(entry, store.clock()) ? toToken(entry) : undefined;
    },
    rows,
  };
}

function askTokens(channel: TenantChannel, given: Options): Asked<Page<Token>> {
  const { present, ...question } = askEntries(channel, namespace, given);
  return {
    ...question,
    present(answer: never) {
      const { items, ...rest } = present(answer);
      const now = channel.store.clock();
      return { items: items.filter((entry) => isLive(entry, now)).map(toToken), ...rest };
    },
    rows: (page) => page.items.length,
  };
}

function isLive({ value }: Pick<KvEntry, "value">, now: number): boolean {
  const { expiresAt } = value as KeptToken;
  return expiresAt === undefined || now < expiresAt;
}

function toToken({ key, value, createdAt }: Pick<KvEntry & KvMetadata, "key" | "value" | "createdAt">): Token {
  const { hash: _, ...fields } = value as KeptToken;
  return { id: key, ...fields, createdAt };
}
