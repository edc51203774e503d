import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { open } from "holdfast";
import { createHandler } from "holdfast/server";
import { serve } from "holdfast/server/node";
import { expect, onTestFinished, test } from "vitest";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

test("a tail that waits ends when it is aborted, also once the garbage of its request was collected", async () => {
  await using store = await open("memory:");
  const handler = createHandler(store, { authenticate: () => ({ id: "test", scopes: ["operator"] }) });
  const server = await serve(handler, { port: 0 });
  onTestFinished(() => server.close({ graceMs: 0 }));
  await using db = await open(server.url);
  const { log } = db.tenant("acme");
  await log.append("thread", [{ kind: "step" }]);
  const stopping = new AbortController();
  const tail = log.tail("thread", { after: 0, signal: stopping.signal });
  await tail.next();
  const waiting = tail.next();
  for (let round = 0; round < 5; round++) {
    await turn();
    collect();
  }
  stopping.abort();
  expect(await waiting).toEqual({ done: true, value: undefined });
});
