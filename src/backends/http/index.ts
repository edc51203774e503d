import { HoldfastError } from "../../contract/index.js";
import type { Holdfast, OpenOptions, StoreInfo } from "../../contract/index.js";
import { invalid } from "../../core/arguments.js";
import { instanceOf } from "../../core/instance.js";
import { noJoining } from "../../core/refusals.js";
import { OpenStore } from "../../core/open-store.js";
import type { Access } from "../../core/open-store.js";
import { notOurs } from "./answers.js";
import { HttpBackend } from "./backend.js";
import { settled } from "./errors.js";
import { httpTokens } from "./tokens.js";
import { Transport } from "./transport.js";
import { HttpUpkeep } from "./upkeep.js";

const retryForMs = 10_000;

/** Opens the store of a Holdfast server. `options` were checked. */
export async function openHttpStore(url: string, options: OpenOptions): Promise<Holdfast> {
  refuseServersOptions(options);
  const transport = new Transport({
    base: baseOf(url),
    token: options.token,
    fetch: options.fetch ?? fetch,
    clock: options.clock,
    retryForMs: options.retryForMs ?? retryForMs,
  });
  const info = await transport.call<Partial<StoreInfo> | undefined>("/v1/info", {}, { isRead: true });
  const { schemaVersion, compatibleSince, maxValueBytes } = info ?? {};
  if (schemaVersion === undefined || compatibleSince === undefined || maxValueBytes === undefined) {
    throw settled(notOurs({ status: 200, url: transport.base }), undefined);
  }
  const remote = { name: "http", requiresNetwork: true, supportsAirGapped: false, location: transport.base };
  const backend = new HttpBackend(transport, { ...remote, schemaVersion, compatibleSince });
  const given = { ...options, maxValueBytes: Math.min(options.maxValueBytes ?? maxValueBytes, maxValueBytes) };
  const access: Access = {
    backend,
    upkeepOf: (store) => new HttpUpkeep(transport, store),
    tokensOf: (store) => httpTokens(transport, store),
    watch: () => () => {},
    using: () => {
      throw noJoining(backend.info.name);
    },
  };
  return instanceOf(new OpenStore(access, given), given);
}

/** What only the server can do. */
const serversOptions = ["history", "retention", "archive", "erasures", "erasureKey", "driver", "migrate"] as const;

function refuseServersOptions(options: OpenOptions): void {
  const given = serversOptions.find((name) => options[name] !== undefined);
  if (given !== undefined) {
    throw invalid(`options.${given}`, "is set where the server opens its store, and not by its clients.");
  }
  if (options.sweep !== undefined && options.sweep !== false) {
    throw invalid("options.sweep", "is set where the server opens its store: only false is accepted here.");
  }
}

function baseOf(url: string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (error) {
    throw new HoldfastError("INVALID_ARGUMENT", `url is no URL: ${JSON.stringify(url)}.`, {
      details: { path: "url" },
      cause: error,
    });
  }
  if (parsed.username !== "" || parsed.password !== "") {
    throw invalid("url", "must not have a user or password: pass open(url, { token }).");
  }
  if (parsed.search !== "" || parsed.hash !== "") throw invalid("url", "takes no parameters: pass options to open().");
  return `${parsed.origin}${parsed.pathname.replace(/\/+$/, "")}`;
}
