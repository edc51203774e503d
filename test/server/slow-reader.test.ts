import { open } from "holdfast";
import type { Holdfast } from "holdfast";
import { afterEach, beforeEach, expect, it } from "vitest";
import { EventReader } from "./event-reader.js";
import { RawClient } from "./raw-client.js";
import { serveStore, untilNoTails } from "./served-store.js";

const text = "x".repeat(100_000);
const events = 500;

let store: Holdfast;

beforeEach(async () => {
  store = await open("memory:");
});

afterEach(() => store.close());

/** The line of the log about each stream that has ended. */
class StreamLines {
  readonly #lines: { readonly code: string; readonly bytesOut: number }[] = [];
  #heard = (): void => {};

  readonly logger = { info: this.#hear.bind(this), warn: this.#hear.bind(this), error: this.#hear.bind(this) };

  async next(): Promise<{ readonly code: string; readonly bytesOut: number }> {
    while (this.#lines.length === 0) await new Promise<void>((resolve) => (this.#heard = resolve));
    return this.#lines.shift()!;
  }

  #hear(line: object): void {
    this.#lines.push(line as { code: string; bytesOut: number });
    this.#heard();
  }
}

it("a reader that reads nothing is cut off, with no more made for it than sockets hold, and can go on from what it has", async () => {
  const lines = new StreamLines();
  await using served = await serveStore(store, { stalledMs: 60, logger: lines.logger });
  using client = await RawClient.connect(served.server.port);
  client.socket.pause();
  client.send("GET /v1/log/tail?tenantId=acme&threadId=t1 HTTP/1.1\r\nHost: x\r\n\r\n");
  const { log } = store.tenant("acme");
  for (let n = 1; n <= events; n++) await log.append("t1", [{ kind: "note", n, text }]);
  const { code, bytesOut } = await lines.next();
  expect(code).toBe("RESOURCE_EXHAUSTED");
  // What the sockets of both sides hold, of 50 MB.
  expect(bytesOut).toBeGreaterThan(0);
  expect(bytesOut).toBeLessThan(16_000_000);
  await untilNoTails(store);
  client.socket.resume();
  const received = await client.ended();
  expect(received).not.toContain("Error");
  const whole = received.slice(0, received.lastIndexOf("\n\n"));
  const last = Number([...whole.matchAll(/^id: (\d+)$/gm)].at(-1)?.[1] ?? 0);
  const headers = { "last-event-id": String(last) };
  await using patient = await serveStore(store);
  const url = `${patient.url}/v1/log/tail?tenantId=acme&threadId=t1`;
  await using reader = new EventReader(await fetch(url, { headers }));
  const rest = await reader.ids(events - last);
  expect(rest).toEqual(Array.from({ length: events - last }, (_, index) => last + 1 + index));
});

it("a reader that is slow, but reads, gets everything", async () => {
  await using served = await serveStore(store, { stalledMs: 10_000 });
  const { log } = store.tenant("acme");
  for (let n = 1; n <= 100; n++) await log.append("t1", [{ kind: "note", n, text }]);
  await using reader = new EventReader(await fetch(`${served.url}/v1/log/tail?tenantId=acme&threadId=t1`));
  for (let n = 1; n <= 100; n++) {
    expect(await reader.ids(1)).toEqual([n]);
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  }
});
