import { HoldfastError } from "holdfast";
import type { Token, TokenStore } from "../../dist/contract/tokens.js";

/** Tokens in memory, by their secrets, with a count of how often they were asked for. */
export class KnownTokens implements Pick<TokenStore, "verify"> {
  readonly #bySecret = new Map<string, Token>();
  isDown = false;
  asked = 0;

  add(token: Partial<Token>): string {
    const id = token.id ?? `token-${this.#bySecret.size + 1}`;
    const secret = `hf_secret-of-${id}`;
    this.#bySecret.set(secret, { createdAt: 0, scopes: ["read", "write"], tenantId: "acme", ...token, id });
    return secret;
  }

  addOperator(): string {
    const secret = "hf_secret-of-operator";
    this.#bySecret.set(secret, { id: "operator", createdAt: 0, scopes: ["operator"] });
    return secret;
  }

  revoke(secret: string): void {
    this.#bySecret.delete(secret);
  }

  async verify(secret: string): Promise<Token | undefined> {
    this.asked += 1;
    if (this.isDown) throw new HoldfastError("UNAVAILABLE", "The store is down.");
    return this.#bySecret.get(secret);
  }
}
