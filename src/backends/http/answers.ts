import { HoldfastError, httpStatus } from "../../contract/index.js";
import type { ErrorCode } from "../../contract/index.js";

/** The `result` in the text of an answer with 200. Throws `UNAVAILABLE` where a part of it is missing, or it is somebody else's. */
export function resultOf(response: Response, text: string): unknown {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch (error) {
    if (text !== "" && !isJson(response)) throw notOurs(response);
    throw new HoldfastError("UNAVAILABLE", `A part of the answer of ${response.url} is missing.`, {
      outcome: "unknown",
      cause: error,
    });
  }
  if (typeof answer !== "object" || answer === null) throw notOurs(response);
  // What is undefined is left out.
  if ("result" in answer) return answer.result;
  if (Object.keys(answer).length > 0) throw notOurs(response);
  return undefined;
}

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
    if (code === "CLOSED") return new HoldfastError("UNAVAILABLE", message, { details, outcome, operationIndex });
    return new HoldfastError(code, message, { details, retryable, outcome, operationIndex });
  } catch {
    return undefined;
  }
}

/** For an answer that is none of a Holdfast server, whether there is one behind it or not. */
export function notOurs({ status, url }: Pick<Response, "status" | "url">): HoldfastError {
  return new HoldfastError("UNAVAILABLE", `${url} answered with ${status}, and not as a Holdfast server does.`, {
    outcome: "unknown",
    retryable: false,
    details: { status },
  });
}

function isJson({ headers }: Response): boolean {
  return /^application\/json\b/i.test(headers.get("content-type") ?? "application/json");
}

/** What a proxy refuses in front of the server, by whoever asked. */
const refusals: Readonly<Record<number, ErrorCode>> = {
  401: "UNAUTHENTICATED",
  403: "FORBIDDEN",
  413: "TOO_LARGE",
};

/** What ends by itself, where a proxy says so. */
const passing: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

function foreignError(response: Response): HoldfastError {
  const { status, url, headers } = response;
  const refusal = refusals[status];
  if (refusal !== undefined) {
    return new HoldfastError(refusal, `${url} answered with ${status}, before any Holdfast server did.`, {
      details: { status },
    });
  }
  if (response.type === "opaqueredirect" || (status >= 300 && status < 400)) return redirected(response);
  if (!passing.has(status)) return notOurs(response);
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  return new HoldfastError("UNAVAILABLE", `${url} answered with ${status}: its server cannot be reached.`, {
    outcome: "unknown",
    details: { status, ...(Number.isFinite(seconds) && { retryAfterMs: seconds * 1000 }) },
  });
}

function redirected({ status, url, headers }: Response): HoldfastError {
  const location = headers.get("location");
  const origin = location !== null && URL.canParse(location, url) ? ` to ${new URL(location, url).origin}` : "";
  return new HoldfastError("UNAVAILABLE", `${url} redirects${origin}, which is not followed: open that URL instead.`, {
    outcome: "unknown",
    retryable: false,
    details: { status },
  });
}
