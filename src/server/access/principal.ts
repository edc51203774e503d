import type { TokenScope } from "../../contract/index.js";

/** Who is calling, and what they may do. */
export interface Principal {
  /** Names them in limits and logs: the id of a token, or of whoever a JWT is about. Never a secret. */
  readonly id: string;
  /** The one tenant that they may name; any, where absent. */
  readonly tenantId?: string;
  /** The one user of it that they are. */
  readonly userId?: string;
  readonly scopes: readonly TokenScope[];
}
