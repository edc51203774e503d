import { HoldfastError } from "holdfast";
import { serve } from "../../dist/server/node.js";
import type { RunningServer, ServeOptions } from "../../dist/server/node.js";
import { statusOf, toErrorBody } from "../../dist/wire/errors.js";
import { readJson } from "../../dist/wire/strict-json.js";

export const maxBytes = 10_000;

/** A server with a handler that does what a path says, and tells of what it sees. */
export interface StandIn extends AsyncDisposable {
  readonly server: RunningServer;
  /** Paths of the requests that the handler got. */
  readonly seen: readonly string[];
  /** Reasons for which the signals of requests were aborted. */
  readonly aborted: readonly string[];
  readonly errors: readonly unknown[];
  /** What `/stream` has made so far, in bytes. */
  readonly produced: number;
  /** Streams that were cancelled or ended. */
  readonly streamsOver: number;
  /** Lets `/wait` answer. */
  release(): void;
  /** Resolves once `condition` holds; it is looked at whenever something has happened. */
  until(condition: (standIn: StandIn) => boolean): Promise<void>;
}

export async function startStandIn(options: ServeOptions = {}): Promise<StandIn> {
  const standIn = new Handler();
  const server = await serve((request) => standIn.handle(request), {
    port: 0,
    onError: (error) => standIn.note(() => standIn.errors.push(error)),
    onClosing: () => standIn.stopping.abort(),
    ...options,
  });
  return Object.assign(standIn, { server, [Symbol.asyncDispose]: () => server.close({ graceMs: 0 }) });
}

class Handler {
  readonly seen: string[] = [];
  readonly aborted: string[] = [];
  readonly errors: unknown[] = [];
  readonly stopping = new AbortController();
  produced = 0;
  streamsOver = 0;
  readonly #watchers = new Set<() => void>();
  #release: () => void = () => undefined;
  readonly #released = new Promise<void>((resolve) => (this.#release = resolve));

  async handle(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    this.note(() => this.seen.push(pathname));
    request.signal.addEventListener("abort", () => this.note(() => this.aborted.push(pathname)));
    switch (pathname) {
      case "/wait":
        await this.#released;
        return Response.json({ waited: true });
      case "/throw":
        throw new Error("secret");
      case "/stream":
        return new Response(this.#endless());
      case "/quiet":
        return new Response(this.#afterRelease());
      case "/live":
        return new Response(this.#untilStopping());
      default:
        return answer(request);
    }
  }

  release(): void {
    this.#release();
  }

  note(change: () => void): void {
    change();
    for (const watcher of this.#watchers) watcher();
  }

  until(condition: (standIn: StandIn) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const watcher = (): void => {
        if (!condition(this as unknown as StandIn)) return;
        this.#watchers.delete(watcher);
        resolve();
      };
      this.#watchers.add(watcher);
      watcher();
    });
  }

  #endless(): ReadableStream<Uint8Array> {
    const chunk = new Uint8Array(65_536).fill(0x2e);
    return new ReadableStream({
      pull: (controller) => {
        controller.enqueue(chunk);
        this.note(() => (this.produced += chunk.length));
      },
      cancel: () => this.note(() => this.streamsOver++),
    });
  }

  #afterRelease(): ReadableStream<Uint8Array> {
    return new ReadableStream({
      start: async (controller) => {
        await this.#released;
        controller.enqueue(Buffer.from("at last"));
        controller.close();
      },
    });
  }

  #untilStopping(): ReadableStream<Uint8Array> {
    return new ReadableStream({
      start: (controller) => {
        controller.enqueue(Buffer.from("live"));
        this.stopping.signal.addEventListener("abort", () => {
          controller.enqueue(Buffer.from("over"));
          controller.close();
          this.note(() => this.streamsOver++);
        });
      },
    });
  }
}

/** What a request's method and body are, or why they are refused. */
async function answer(request: Request): Promise<Response> {
  try {
    if (request.method !== "POST") return Response.json({ method: request.method });
    return Response.json({ got: await readJson(request, { maxBytes }) });
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return Response.json(toErrorBody(error, "r1"), { status: statusOf(error) });
  }
}
