import { dirname } from "node:path";
import { open } from "holdfast";
import type { Holdfast, OpenOptions } from "holdfast";
import type { Subject } from "holdfast/conformance";
import { createHandler, settableClock } from "holdfast/server";
import type { HandlerOptions } from "holdfast/server";
import { serve } from "holdfast/server/node";

/** The same stores, each reached through a server of its own, by the client of the package. */
export function overHttp(inner: Subject): Subject {
  return {
    ...inner,
    name: `${inner.name}, over HTTP`,
    open: (options, place) =>
      openOverHttp(options, (given) => inner.open(given, place), {
        backups: inner.files && dirname(inner.files.pathOf("any")),
      }),
  };
}

/** Opens a store, serves it on this machine, and opens that. All three are closed with what it gives. */
async function openOverHttp(
  { clock, newId, observe, sweep, ...given }: OpenOptions,
  openInner: (options: OpenOptions) => Promise<Holdfast>,
  options: HandlerOptions = {},
): Promise<Holdfast> {
  const settable = settableClock();
  if (typeof clock === "function") settable.set(clock());
  const store = await openInner({ ...given, sweep, clock: settable });
  const stopping = new AbortController();
  const operator = { id: "the kit", scopes: ["operator"] } as const;
  const handler = createHandler(store, {
    authenticate: () => operator,
    clock: settable,
    closing: stopping.signal,
    ...options,
  });
  const server = await serve(handler, { port: 0, onClosing: () => stopping.abort() });
  const close = async (): Promise<void> => {
    await server.close({ graceMs: 0 });
    await store.close();
  };
  try {
    const { maxValueBytes } = given;
    const db = await open(server.url, { clock, newId, observe, sweep, maxValueBytes });
    return closedToo(db, close);
  } catch (error) {
    await close();
    throw error;
  }
}

/** The instance, whose `close` closes more. */
function closedToo(db: Holdfast, more: () => Promise<void>): Holdfast {
  const close = db.close.bind(db);
  let closing: Promise<void> | undefined;
  const closeAll = (): Promise<void> => (closing ??= close().then(more));
  return Object.assign(db, { close: closeAll, [Symbol.asyncDispose]: closeAll });
}
