import { open } from "holdfast";
import { Client } from "pg";
import { expect, it } from "vitest";
import { startPostgres } from "../../scripts/postgres-server.mjs";
import type { ThrowawayPostgres } from "../../scripts/postgres-server.mjs";
import { seededRandom } from "../support/seeded-random.js";
import { rounds, seed } from "./faults-run.js";
import { Ledger } from "./ledger.js";

/** Writes that are acknowledged before each kill, at most. */
const mostWrites = 200;

it(
  `a server that is killed and started again loses nothing that it acknowledged (HOLDFAST_FAULTS_SEED=${seed})`,
  { timeout: 60_000 + rounds * 20_000 },
  async () => {
    await using server = await startPostgres();
    await using owner = await open(`${server.url}?max=2`, { migrate: true, sweep: false });
    const stores = await Promise.all([1, 2].map(() => open(`${server.url}?max=4`, { sweep: false })));
    let recovered = Promise.resolve();
    const ledger = new Ledger({ seed, stores, clientsOfEach: 8, recovered: () => recovered });
    const random = seededRandom(seed);
    for (let round = 0; round < rounds; round++) {
      await ledger.more(1 + Math.floor(random() * mostWrites));
      recovered = random() < 0.6 ? killServer(server) : killProcess(server.url, random);
      await recovered;
    }
    await ledger.more(mostWrites);
    const { none, unknown } = await ledger.end();
    expect(none + unknown).toBeGreaterThan(0);
    await Promise.all(stores.map((db) => db.close()));
    await ledger.check(owner);
  },
);

async function killServer(server: ThrowawayPostgres): Promise<void> {
  await server.kill();
  await server.restart();
}

/** Kills one of the processes that work for the clients: then the server ends all of them, and recovers by itself. */
async function killProcess(url: string, random: () => number): Promise<void> {
  const client = new Client(url);
  client.on("error", () => {});
  await client.connect();
  const { rows } = await client.query<{ pid: number }>(
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'holdfast'",
  );
  process.kill(rows[Math.floor(random() * rows.length)]!.pid, "SIGKILL");
  // It answers nothing more, and then refuses everybody until it has recovered.
  while (await client.query("SELECT").then(isTrue, isFalse));
  while (!(await isUp(url)));
}

async function isUp(url: string): Promise<boolean> {
  const client = new Client(url);
  client.on("error", () => {});
  const isConnected = await client.connect().then(isTrue, isFalse);
  await client.end();
  return isConnected;
}

const isTrue = (): boolean => true;
const isFalse = (): boolean => false;
