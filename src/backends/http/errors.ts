import { HoldfastError } from "../../contract/index.js";
import type { ErrorDetails, Outcome } from "../../contract/index.js";

/** What `fetch` threw, in our words. */
export function networkError(error: unknown, base: string): HoldfastError {
  const code = codeOf(error);
  if (isCertificate(code)) {
    return new HoldfastError("UNAVAILABLE", `TLS with ${base} failed (${code}), and nothing was sent.`, {
      outcome: "none",
      retryable: false,
      cause: error,
    });
  }
  const what = code === "" ? "The connection failed" : `The connection failed (${code})`;
  return new HoldfastError("UNAVAILABLE", `${what}: is there a Holdfast server at ${base}?`, {
    outcome: unsent.has(code) ? "none" : "unknown",
    cause: error,
  });
}

/** Where there is no token to send: nothing was. */
export function tokenError(message: string, cause?: unknown): HoldfastError {
  return new HoldfastError("UNAUTHENTICATED", message, { outcome: "none", details: { path: "options.token" }, cause });
}

/** Whether the same request may be answered a little later: nobody has decided anything about it. */
export function isLost({ code, details, retryable }: HoldfastError): boolean {
  if (code === "UNAVAILABLE") return retryable;
  return code === "RESOURCE_EXHAUSTED" && details["quota"] === undefined && details["retryAfterMs"] !== undefined;
}

export function retryAfterMs({ details }: { readonly details: ErrorDetails }): number | undefined {
  const { retryAfterMs } = details;
  return typeof retryAfterMs === "number" ? retryAfterMs : undefined;
}

/** The same error with what is known of the write after all attempts; of a read, nothing. */
export function settled(failure: HoldfastError, outcome: Outcome | undefined): HoldfastError {
  const { code, message, details, retryable, operationIndex, cause } = failure;
  return new HoldfastError(code, message, { details, retryable, outcome, operationIndex, cause });
}

/** Failures before anything could be sent. */
const unsent: ReadonlySet<string> = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]);

/** Failures of a handshake that another one would not mend. */
function isCertificate(code: string): boolean {
  return /CERT|^UNABLE_TO_|^ERR_TLS_|^(ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG))$/.test(code);
}

function codeOf(error: unknown): string {
  const { cause, code: own } = Object(error) as { readonly cause?: unknown; readonly code?: unknown };
  const { code, errors } = Object(cause) as { readonly code?: unknown; readonly errors?: readonly unknown[] };
  const found = code ?? (Object(errors?.[0]) as { readonly code?: unknown }).code ?? own;
  return typeof found === "string" ? found : "";
}
