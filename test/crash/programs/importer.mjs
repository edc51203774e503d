import { readFileSync } from "node:fs";
import { given, openStore, say } from "./setup.mjs";

// Imports what a file holds into one tenant after the other. It prints `importing N` and `imported N STORED SKIPPED`.

const records = readFileSync(given.records, "utf8")
  .split("\n")
  .map((line) => JSON.parse(line));
const db = await openStore({ archive: given.archive });
for (let tenant = given.tenant; ; tenant++) {
  say("importing", tenant);
  const { stored, skipped } = await db.tenant(`tenant ${tenant}`).import(records);
  say("imported", tenant, stored, skipped);
}
