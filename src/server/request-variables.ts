import type { ErrorCode } from "../contract/index.js";
import type { Credential } from "./access/credential.js";
import type { Principal } from "./access/principal.js";

/** What is known of a request: its middlewares write it down for those around them, and for its route. */
export interface RequestVariables {
  /** Set by `requestId`. */
  requestId: string;
  /** Set by `authentication`, as is `credential`. */
  principal: Principal;
  credential: Credential;
  /** The tenant that the call names. Set by its route. */
  tenantId: string | undefined;
  /** The pattern of the route, where the one that Hono matched is not it. Set by the route. */
  route: string | undefined;
  /** Bytes of the body that came. Set by whoever reads it; `Content-Length` is believed otherwise. */
  bytesIn: number | undefined;
  /** Bytes of the body of the answer. Set by whoever writes it; its `Content-Length` is taken otherwise. */
  bytesOut: number | undefined;
  /** Where the answer is a stream: resolves once it has ended, and never rejects. Set by the route. */
  stream: Promise<StreamEnd> | undefined;
}

/** How a stream ended. */
export interface StreamEnd {
  readonly code: ErrorCode | "OK";
  readonly bytesOut: number;
  /** What it failed with. */
  readonly error?: unknown;
}

/** The environment of every middleware in this folder, and of the app that they are used by. */
export interface ServerEnv {
  Variables: RequestVariables;
}
