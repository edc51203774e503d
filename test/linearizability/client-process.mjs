import { once } from "node:events";
import { openSync, writeSync } from "node:fs";
import { open } from "holdfast";
import { runClient } from "./run-client.mjs";

// A process with some of the clients. It says `ready` once the store is open, is then sent the clients' commands, and ends
// when they are done; or kills itself when one of them comes to the command `die`, in the midst of what the others do.

const { url, options, file, origin } = JSON.parse(process.argv[2]);
const notes = openSync(file, "w");
const db = await open(url, options);
const started = once(process, "message");
process.send("ready");
const [clients] = await started;

await Promise.all(Object.entries(clients).map(run));
await db.close();
process.disconnect();

async function run([client, commands]) {
  const end = commands.findIndex((command) => command.do === "die");
  const living = end === -1 ? commands : commands.slice(0, end);
  // Written at once: what was only buffered would die with the process, and a call that nobody knows of explains nothing.
  await runClient(db.tenant("contended"), client, living, BigInt(origin), (note) =>
    writeSync(notes, `${JSON.stringify(note)}\n`),
  );
  if (end !== -1) process.kill(process.pid, "SIGKILL");
}
