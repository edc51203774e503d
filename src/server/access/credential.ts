import { HoldfastError } from "../../contract/index.js";
import type { Principal } from "./principal.js";

/** What a caller showed to say who they are. */
export interface Credential {
  /** The same for the same credential, another for any other. Not its secret. */
  readonly key: string;

  /** Asks again who it stands for. Rejects with `UNAUTHENTICATED` where it was revoked or has expired. */
  verify(): Promise<Principal>;
}

/** Who is calling, and by what that is known. */
export interface Caller {
  readonly principal: Principal;
  readonly credential: Credential;
}

/**
 * The one answer to whatever is wrong about a credential: missing, malformed, forged, expired, revoked.
 *
 * `reason` is for the log. It is only in the `cause`, which no answer contains, and must not quote the credential.
 */
export function unauthenticated(reason: string): HoldfastError {
  return new HoldfastError(
    "UNAUTHENTICATED",
    "This request shows no valid credential. Send `Authorization: Bearer <token>`, with an API token or a JWT that this server accepts.",
    { cause: new Error(reason) },
  );
}
