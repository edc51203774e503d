import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import type { CryptoKey, JWK, JWTPayload } from "jose";

export interface Signing {
  readonly kid?: string;
  readonly alg?: string;
  readonly expiresAt?: string | number | undefined;
}

/** An issuer of JWTs, with a server for its keys. */
export class Issuer implements AsyncDisposable {
  readonly issuer = "https://login.example.com/";
  readonly audience = "holdfast";
  /** The keys that it serves. */
  served: JWK[] = [];
  /** The status with which it serves them. */
  status = 200;
  /** How often they were fetched. */
  fetched = 0;
  readonly #keys = new Map<string, CryptoKey>();
  readonly #server = createServer((_, response) => {
    this.fetched += 1;
    response.writeHead(this.status, { "content-type": "application/json" }).end(JSON.stringify({ keys: this.served }));
  });

  static async start(): Promise<Issuer> {
    const issuer = new Issuer();
    issuer.#server.listen(0, "127.0.0.1");
    await once(issuer.#server, "listening");
    await issuer.addKey("key-1");
    return issuer;
  }

  get jwksUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/jwks.json`;
  }

  /** Makes a key and serves it. */
  async addKey(kid: string, alg: string = "ES256"): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair(alg);
    this.#keys.set(kid, privateKey);
    this.served.push({ ...(await exportJWK(publicKey)), kid, alg, use: "sig" });
  }

  /** A JWT of this issuer with these claims, which may also replace `iss` and `aud`. */
  async sign(claims: JWTPayload, { kid = "key-1", alg = "ES256", ...signing }: Signing = {}): Promise<string> {
    const jwt = new SignJWT({ iss: this.issuer, aud: this.audience, ...claims }).setProtectedHeader({ alg, kid });
    const expiresAt = "expiresAt" in signing ? signing.expiresAt : "5m";
    if (expiresAt !== undefined) jwt.setExpirationTime(expiresAt);
    return jwt.sign(this.#keys.get(kid) as CryptoKey);
  }

  /** The same, without a word of which key it was signed with. */
  async signNameless(claims: JWTPayload, kid: string): Promise<string> {
    const jwt = new SignJWT({ iss: this.issuer, aud: this.audience, ...claims }).setProtectedHeader({ alg: "ES256" });
    return jwt.setExpirationTime("5m").sign(this.#keys.get(kid) as CryptoKey);
  }

  /** Stops serving keys: nothing listens there any more. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
