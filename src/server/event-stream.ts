import { HoldfastError } from "../contract/index.js";
import type { LogEntry } from "../contract/index.js";

export interface EventStreamOptions {
  /** A comment is sent where nothing else was for so long. */
  readonly heartbeatMs: number;
  /** The stream is ended where its reader has taken nothing for so long. */
  readonly stalledMs: number;
  /** The text of the last event, where the entries end with an error. */
  readonly failed: (error: unknown) => string;
  /** Called once, however it ends. */
  readonly ended: () => void;
}

/** Bytes that wait for a slow reader before no more entries are read for it. */
const waitingBytes = 65_536;

/**
 * The entries of a log as Server-Sent Events: each with its ordinal as id, in the order they come.
 *
 * An entry is read from the store when its reader has room for it. One that takes nothing for too long is cut off: it can come
 * back with the id of the last event that it has.
 */
export function eventStream(
  entries: AsyncIterator<LogEntry>,
  { heartbeatMs, stalledMs, failed, ended }: EventStreamOptions,
): ReadableStream<Uint8Array> {
  let sentAt = performance.now();
  let isWaited = false;
  let timer: ReturnType<typeof setInterval> | undefined;
  const end = (): void => {
    if (timer === undefined) return;
    clearInterval(timer);
    timer = undefined;
    ended();
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        controller.enqueue(encode(": live\n\n"));
        timer = setInterval(
          () => {
            const idleMs = performance.now() - sentAt;
            if ((controller.desiredSize ?? 0) <= 0) {
              if (idleMs < stalledMs) return;
              end();
              controller.error(stalled());
              void entries.return?.();
            } else if (isWaited && idleMs >= heartbeatMs) {
              sentAt = performance.now();
              controller.enqueue(encode(":\n\n"));
            }
          },
          Math.min(heartbeatMs, stalledMs) / 2,
        );
        timer.unref();
      },
      async pull(controller) {
        isWaited = true;
        try {
          const { done, value } = await entries.next();
          if (timer === undefined) return;
          if (done !== true) controller.enqueue(encode(`id: ${value.ordinal}\ndata: ${JSON.stringify(value)}\n\n`));
          else {
            end();
            controller.close();
          }
        } catch (error) {
          if (timer === undefined) return;
          end();
          controller.enqueue(encode(`event: error\ndata: ${failed(error)}\n\n`));
          controller.close();
        } finally {
          isWaited = false;
          sentAt = performance.now();
        }
      },
      async cancel() {
        end();
        await entries.return?.();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: waitingBytes }),
  );
}

const encoder = new TextEncoder();

function encode(text: string): Uint8Array {
  return encoder.encode(text);
}

function stalled(): HoldfastError {
  return new HoldfastError("RESOURCE_EXHAUSTED", "The reader of this stream has taken nothing for too long.");
}
