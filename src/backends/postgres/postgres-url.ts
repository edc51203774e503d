import { invalid } from "../../core/arguments.js";
import { checkName } from "./names.js";

export const defaultSchema = "holdfast";
export const defaultRole = "holdfast_app";
const defaultConnections = 10;

/** What a `postgres:` URL says. */
export interface PostgresUrl {
  /** For the client: without what is ours. */
  readonly connectionString: string;
  readonly schema: string;
  readonly role: string;
  readonly prepare: boolean;
  /** Connections at most. */
  readonly max: number;
  /** The URL without the password: may be shown. */
  readonly location: string;
}

/** Reads a `postgres:` URL. `INVALID_ARGUMENT` where it cannot be one. */
export function parsePostgresUrl(text: string): PostgresUrl {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw invalid(
      "url",
      'is no URL: use "postgres://USER:PASSWORD@HOST:PORT/DATABASE". Write special characters as %XX.',
    );
  }
  const take = (name: string): string | undefined => {
    const values = url.searchParams.getAll(name);
    if (values.length > 1) throw invalid("url", `has the parameter ${name} twice.`);
    url.searchParams.delete(name);
    return values[0];
  };
  const schema = checkSchema(take("schema") ?? defaultSchema, "url: schema");
  const role = checkName(take("role") ?? defaultRole, "url: role");
  const prepare = readBoolean(take("prepare") ?? "true");
  const max = readCount(take("max") ?? String(defaultConnections));
  const { protocol, username, host, pathname } = url;
  const user = username === "" ? "" : `${username}@`;
  const location = `${protocol}//${user}${host}${pathname}?schema=${schema}`;
  return { connectionString: url.href, schema, role, prepare, max, location };
}

/** The schema `public` is everybody's. */
export function checkSchema(name: string, path: string): string {
  if (name === "public" || name.startsWith("pg_")) {
    throw invalid(path, `must be a schema of the store's own, such as "holdfast"; got ${JSON.stringify(name)}.`);
  }
  return checkName(name, path);
}

function readBoolean(text: string): boolean {
  if (text === "true" || text === "false") return text === "true";
  throw invalid("url", `has a wrong parameter: prepare must be true or false; got ${JSON.stringify(text)}.`);
}

function readCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 1000) return count;
  throw invalid(
    "url",
    `has a wrong parameter: max must be the greatest number of connections, from 1 to 1000; got ${JSON.stringify(text)}.`,
  );
}
