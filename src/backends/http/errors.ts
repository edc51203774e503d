import { HoldfastError, httpStatus } from "../../contract/index.js";
import type { ErrorCode, ErrorDetails, Outcome } from "../../contract/index.js";

/** The error that an answer is, as the server has said it; or what a proxy in between must have meant. */
export async function answerError(response: Response): Promise<HoldfastError> {
  const text = await response.text().catch(() => "");
  return parseError(text) ?? foreignError(response);
}

/** The error in the body of an answer, or in the data of an event. */
export function parseError(text: string): HoldfastError | undefined {
  try {
    const { error } = JSON.parse(text) as { readonly error?: Partial<HoldfastError> };
    if (error?.code === undefined || !Object.hasOwn(httpStatus, error.code)) return undefined;
    const { code, message = "", details, retryable, outcome, operationIndex } = error;
    // It is the server that is closing, and another one may answer: this instance is open.
    const own = code === "CLOSED" ? "UNAVAILABLE" : code;
    return new HoldfastError(own, message, { details, retryable: retryable ?? own !== code, outcome, operationIndex });
  } catch {
    return undefined;
  }
}

/** What `fetch` threw, in our words. */
export function networkError(error: unknown, base: string): HoldfastError {
  const code = codeOf(error);
  const outcome: Outcome = unsent.has(code) ? "none" : "unknown";
  const what = code === "" ? "The connection failed" : `The connection failed (${code})`;
  return new HoldfastError("UNAVAILABLE", `${what}: is there a Holdfast server at ${base}?`, { outcome, cause: error });
}

/** Whether the same request may be answered a little later: nobody has decided anything about it. */
export function isLost({ code, details }: HoldfastError): boolean {
  if (code === "UNAVAILABLE") return true;
  return code === "RESOURCE_EXHAUSTED" && details["quota"] === undefined && details["retryAfterMs"] !== undefined;
}

export function retryAfterMs({ details }: { readonly details: ErrorDetails }): number | undefined {
  const { retryAfterMs } = details;
  return typeof retryAfterMs === "number" ? retryAfterMs : undefined;
}

/** Failures before anything could be sent. */
const unsent: ReadonlySet<string> = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]);

function codeOf(error: unknown): string {
  const { cause } = error as { readonly cause?: { readonly code?: unknown; readonly errors?: readonly unknown[] } };
  const code = cause?.code ?? (cause?.errors?.[0] as { readonly code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : "";
}

const codeOfStatus: Readonly<Record<number, ErrorCode>> = {
  401: "UNAUTHENTICATED",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  413: "TOO_LARGE",
  429: "UNAVAILABLE",
  502: "UNAVAILABLE",
  503: "UNAVAILABLE",
  504: "UNAVAILABLE",
};

function foreignError({ status, url }: Response): HoldfastError {
  const code = codeOfStatus[status] ?? "INTERNAL";
  return new HoldfastError(code, `${url} answered with ${status}, and not as a Holdfast server does.`, {
    ...(code === "UNAVAILABLE" && { outcome: "unknown" as const }),
    details: { status },
  });
}
