import { Agent, get } from "node:http";
import type { IncomingMessage } from "node:http";
import { open } from "holdfast";
import type { Holdfast } from "holdfast";
import { expect, it } from "vitest";
import { freshDatabase } from "../support/postgres.js";
import { temporaryFile } from "../support/temporary-file.js";
import { serveStore, untilNoTails } from "./served-store.js";

const tails = 1000;
const logs = 50;
/** It is a few seconds' work; more where the machine has other things to do. */
const timeout = 90_000;

/** Events of each log. */
const events = 8;

/** Reads a log from the network, each on a connection of its own: the ids that come, until there are as many as events. */
class IdReader {
  readonly opened: Promise<void>;
  readonly done: Promise<readonly number[]>;
  readonly #ids: number[] = [];
  #response: IncomingMessage | undefined;

  constructor(url: string, agent: Agent) {
    let isOpen = (): void => {};
    this.opened = new Promise((resolve) => (isOpen = resolve));
    this.done = new Promise((resolve, reject) => {
      const request = get(url, { agent }, (response) => {
        this.#response = response;
        let text = "";
        response
          .setEncoding("utf8")
          .on("error", reject)
          .on("data", (chunk: string) => {
            isOpen();
            text += chunk;
            const end = text.lastIndexOf("\n\n") + 2;
            for (const [, id] of text.slice(0, end).matchAll(/^id: (\d+)$/gm)) this.#ids.push(Number(id));
            text = text.slice(end);
            if (this.#ids.length >= events) resolve(this.#ids);
          });
      });
      request.on("error", reject);
    });
  }

  close(): void {
    this.#response?.destroy();
  }
}

/** Has 1,000 tails of `reading` read what is appended through `writing`. */
async function followAll(reading: Holdfast, writing: Holdfast): Promise<void> {
  await using served = await serveStore(reading);
  const agent = new Agent({ maxSockets: tails });
  const readers = Array.from(
    { length: tails },
    (_, index) => new IdReader(`${served.url}/v1/log/tail?tenantId=acme&threadId=log-${index % logs}`, agent),
  );
  await Promise.all(readers.map(({ opened }) => opened));
  expect(reading.load().tails).toBe(tails);
  const { log } = writing.tenant("acme");
  const appendAll = async (name: string): Promise<void> => {
    for (let n = 1; n <= events; n++) await log.append(name, [{ kind: "note", n }]);
  };
  await Promise.all(Array.from({ length: logs }, (_, index) => appendAll(`log-${index}`)));
  const seen = await Promise.all(readers.map(({ done }) => done));
  const all = Array.from({ length: events }, (_, index) => index + 1);
  expect(seen).toEqual(readers.map(() => all));
  for (const reader of readers) reader.close();
  await untilNoTails(reading);
  agent.destroy();
  // Nothing came later than it should have: twice, that is.
  expect(await Promise.all(readers.map(({ done }) => done))).toEqual(seen);
}

it("1,000 tails on one server have each event once and in order, on SQLite", { timeout }, async () => {
  await using file = await temporaryFile();
  await using db = await open(file.url);
  await followAll(db, db);
});

it(
  "1,000 tails on one server have each event of another process once and in order, on Postgres",
  { timeout },
  async () => {
    await using database = await freshDatabase({ canCreateRoles: true });
    const url = `${database.ownerUrl}?role=${database.name}_app`;
    await using reading = await open(url, { migrate: true });
    await using writing = await open(url);
    await followAll(reading, writing);
  },
);
