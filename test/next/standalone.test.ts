import { spawn } from "node:child_process";
import { cpSync } from "node:fs";
import path from "node:path";
import { open } from "holdfast";
import { expect, it } from "vitest";
import { temporaryFolder } from "../cli/run-cli.js";
import { watchServer } from "../cli/run-server.js";
import type { ServerProcess } from "../cli/run-server.js";
import { freshDatabase } from "../support/postgres.js";

/** What `next build` made of examples/next: scripts/next.mjs says where. */
const built = process.env["HOLDFAST_TEST_NEXT"]!;

it("Next's standalone server has a store in SQLite", async () => {
  using folder = temporaryFolder();
  await servesStore(`sqlite:${folder.at("agents.db")}`);
});

it("Next's standalone server has a store in Postgres", async () => {
  await using database = await freshDatabase({ canCreateRoles: true });
  await servesStore(database.ownerUrl);
});

async function servesStore(url: string): Promise<void> {
  await using store = await open(url, { migrate: true });
  const { secret } = await store.tokens.create({ tenantId: "acme", scopes: ["read", "write"] });
  // Elsewhere, so that it has no packages but its own.
  using folder = temporaryFolder();
  cpSync(built, folder.path, { recursive: true });
  await using server = await startNext(folder.at("server.js"), url);
  const base = `http://127.0.0.1:${server.port}`;

  await using db = await open(`${base}/api/holdfast`, { token: secret });
  const acme = db.tenant("acme");
  await acme.write((w) => {
    w.messages.createThread({ id: "t1", userId: "ana" });
    w.log.append("t1", [{ kind: "plan" }]);
  });
  expect((await store.tenant("acme").messages.listThreads("ana")).items).toMatchObject([{ id: "t1" }]);
  expect(await (await fetch(base)).text()).toMatch(/<p>1(<!-- -->)? threads<\/p>/);

  const tail = acme.log.tail("t1");
  expect(await tail.next()).toMatchObject({ value: { ordinal: 1, event: { kind: "plan" } } });
  const next = tail.next();
  await store.tenant("acme").log.append("t1", [{ kind: "done" }]);
  expect(await next).toMatchObject({ value: { ordinal: 2 } });

  const refused = await fetch(`${base}/api/holdfast/v1/info`, { method: "POST", body: "{}" });
  expect(refused.status).toBe(401);
  const raw = await fetch(`${base}/api/holdfast/v1/log/tail?threadId=t1`, {
    headers: { authorization: `Bearer ${secret}` },
  });
  server.child.kill("SIGTERM");
  expect(await raw.text()).toContain('"code":"CLOSED"');
  await server.ended;
}

function startNext(script: string, url: string): Promise<ServerProcess> {
  const env = { ...process.env, PORT: "0", HOSTNAME: "127.0.0.1", HOLDFAST_URL: url };
  return watchServer(spawn(process.execPath, [script], { cwd: path.dirname(script), env }));
}
