/** Whether a host name, as URLs write it, is one that only ever means this machine. */
export function isLoopbackName(name: string): boolean {
  return name === "localhost" || name === "127.0.0.1" || name === "[::1]";
}

/**
 * Why a request may have been made by somebody else than a program of this machine; `undefined` where it was made by one.
 *
 * A page on the web can send requests to a server on loopback, from the browser of whoever looks at it: under its own name
 * (`Origin`), or under one that it makes resolve to 127.0.0.1 (`Host`). A proxy on this machine can pass on anybody's.
 */
export function reasonNotLocal({ headers, url }: Request): string | undefined {
  const host = headers.get("host");
  if (!isLoopbackName(new URL(url).hostname)) return "its URL has another host than localhost, 127.0.0.1 or [::1]";
  if (host !== null && !isLoopbackUrl(`http://${host}`, host)) return "its Host is not localhost, 127.0.0.1 or [::1]";
  for (const name of ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"]) {
    if (headers.has(name)) return `it came through a proxy: it has ${name}`;
  }
  const origin = headers.get("origin");
  if (origin === null) {
    return headers.get("sec-fetch-site") === "cross-site"
      ? "a page of another site made it (Sec-Fetch-Site)"
      : undefined;
  }
  const authority = /^https?:\/\/(.*)$/i.exec(origin)?.[1];
  if (authority !== undefined && isLoopbackUrl(origin, authority)) return undefined;
  return "its Origin is not localhost, 127.0.0.1 or [::1]";
}

/** Whether `authority`, which is all that `url` has behind its scheme, is a name of this machine with a port or without. */
function isLoopbackUrl(url: string, authority: string): boolean {
  // A parser alone would read `127.1`, `2130706433` and `evil@localhost` as this machine, too.
  if (!/^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i.test(authority)) return false;
  return URL.canParse(url);
}
