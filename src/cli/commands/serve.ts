import { Command } from "commander";
import type { Holdfast } from "../../contract/index.js";
import { open } from "../../open.js";
import type { Handler } from "../../server/index.js";
import type { RunningServer } from "../../server/node.js";
import { openWithErasures, withErasuresOption } from "../erasures-option.js";
import type { ErasuresOption } from "../erasures-option.js";
import { withExample } from "../example.js";
import { integerArgument } from "../integer-argument.js";
import { print, warn } from "../output.js";
import { sampleInvitation } from "../sample/invitation.js";
import { handlerSettings, ofOption, setting, withSettings } from "../serve/settings.js";
import type { SettingOptions } from "../serve/settings.js";
import { stopSignal } from "../serve/stop-signal.js";
import { storeUrl, withStoreOption } from "../store-option.js";
import type { StoreOption } from "../store-option.js";
import { toJson } from "../to-json.js";
import { usageError } from "../usage-error.js";

interface Options extends StoreOption, ErasuresOption, SettingOptions {
  readonly port: number;
  readonly host: string;
  readonly sample?: boolean;
  readonly grace: number;
  readonly log?: "json" | "none";
  readonly json?: boolean;
}

export function serveCommand(): Command {
  const command = new Command("serve")
    .description("Serve a store over HTTP, as PROTOCOL.md says, until SIGINT or SIGTERM.")
    .addOption(
      setting("--port <port>", "where to listen; 0 is any that is free", "PORT", integerArgument).default(4040),
    )
    .addOption(setting("--host <host>", "the address to listen at", "HOST").default("127.0.0.1"))
    .option("--dev", "for development: who calls from this machine needs no token, and may set the time")
    .option("--sample", "fill a new store with a sample, and show how to call it")
    .addOption(
      setting("--grace <ms>", "for how long to finish requests at the end", "GRACE", integerArgument).default(10_000),
    )
    .addOption(
      setting("--log <form>", "how to log requests, to standard error (default: json; none with --dev)", "LOG").choices(
        ["json", "none"],
      ),
    )
    .option("--json", "print where it listens as one JSON document: { url, port }")
    .action(serveStore);
  return withExample(
    withErasuresOption(withStoreOption(withSettings(command))),
    "holdfast serve --store postgres://app@localhost/agents --port 8080 --host 0.0.0.0",
  );
}

async function serveStore(options: Options): Promise<void> {
  checkListening(options);
  const settings = handlerSettings(options);
  // What no other command needs is not loaded for them.
  const [{ createHandler, jsonLogger, settableClock }, { serve }] = await Promise.all([
    import("../../server/index.js"),
    import("../../server/node.js"),
  ]);
  const clock = options.dev === true ? settableClock() : undefined;
  await using db = await open(storeUrl(options), { ...openWithErasures(options), clock });
  const closing = new AbortController();
  const handler = handlerOf(() =>
    createHandler(db, {
      ...settings,
      clock,
      logger: logForm(options) === "json" ? jsonLogger(process.stderr) : undefined,
      isDraining: () => closing.signal.aborted,
      closing: closing.signal,
    }),
  );
  const stopped = stopSignal();
  const server = await serve(handler, {
    port: options.port,
    hostname: options.host,
    onClosing: () => closing.abort(),
    replaceGlobals: true,
  });
  try {
    await announce(options, server, db);
    if (settings.jwt === undefined && options.dev !== true) await warnWithoutTokens(db);
    await stopped;
  } finally {
    await server.close({ graceMs: options.grace });
  }
}

function handlerOf(create: () => Handler): Handler {
  try {
    return create();
  } catch (error) {
    throw ofOption(error);
  }
}

const loopback: readonly string[] = ["127.0.0.1", "::1", "localhost"];

function checkListening(options: Options): void {
  const { port, host, dev } = options;
  if (/^https?:/i.test(storeUrl(options)))
    throw usageError("--store names a server: what is served is a store itself, such as sqlite:PATH or postgres:URL.");
  if (port > 65_535) throw usageError(`--port must be from 0 to 65535; got ${port}.`);
  if (dev !== true || loopback.includes(host)) return;
  throw usageError(
    `dev mode has no authentication, so it is for this machine only: --host must be ${loopback.join(", ")}; got ${host}. Leave out --dev, and make tokens with "holdfast token create".`,
  );
}

function logForm({ log, dev }: Options): "json" | "none" {
  return log ?? (dev === true ? "none" : "json");
}

async function announce(options: Options, { url, port }: RunningServer, db: Holdfast): Promise<void> {
  const shown = url.replace("127.0.0.1", "localhost");
  if (options.json === true) return print(toJson({ url: shown, port }));
  const mode = options.dev === true ? ", in dev mode: whoever is on this machine may do anything" : "";
  await print(`Holdfast serves ${db.info().location ?? "a store in memory"} at ${shown}${mode}`);
  if (options.sample === true) for (const line of await sampleInvitation(db, shown)) await print(line);
}

/** Says so where every call would be refused. */
async function warnWithoutTokens(db: Holdfast): Promise<void> {
  const { items } = await db.tokens.list({ limit: 1 });
  if (items.length > 0) return;
  warn(
    'holdfast: nobody can call yet: the store has no token. "holdfast token create --tenant TENANT --scope read,write" makes one, with the same --store; --jwt-issuer accepts JWTs; --dev needs neither.',
  );
}
