import type { Holdfast } from "../../contract/index.js";
import type { ServerSettings } from "./settings.js";

/** What the command line sets of the handler's options. */
export interface HandlerSettings extends ServerSettings {
  /** Hears of each request. */
  readonly logger?: RequestLogger;
  /** Whether the server is about to end: then `/readyz` says so. */
  readonly isDraining: () => boolean;
  /** Aborted when the server is about to end: then tails do. */
  readonly closing: AbortSignal;
}

export interface RequestLogger {
  info(line: object, message: string): void;
  warn(line: object, message: string): void;
  error(line: object, message: string): void;
}

type CreateHandler = (db: Holdfast, settings: HandlerSettings) => (request: Request) => Promise<Response>;

/** Loads the server's handler, which no other command needs. */
export async function loadHandler(): Promise<CreateHandler> {
  const module: string = "../../server/index.js";
  const { createHandler } = (await import(module)) as { readonly createHandler: CreateHandler };
  return createHandler;
}
