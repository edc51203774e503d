import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { test } from "vitest";
import { examine } from "../../dist/backends/memory/doctor.js";
import { emptyTables } from "../../dist/tables/schema.js";
import { acme, append, backendWith, codeOf, message, thread, write } from "./harness.js";

test("A commit that changes nothing, and one that is refused, do not register the tenant", async () => {
  const backend = backendWith();
  await write(backend, acme, [append("t", 0), { kind: "lease.release", name: "l", token: 1 }], { actor: "x" });
  equal(await codeOf(backend, acme, message("m", "t")), "NOT_FOUND");
  deepEqual((await backend.listTenants(10)).rows, []);
});

test("Tenants are listed by their UTF-8 bytes, page by page", async () => {
  const backend = backendWith();
  for (const tenantId of ["😀", "b", "\uffee", "a"]) await write(backend, { tenantId }, [thread("t", "u")]);
  deepEqual(await backend.listTenants(2), { rows: ["a", "b"], next: ["b"] });
  deepEqual(await backend.listTenants(2, "b"), { rows: ["\uffee", "😀"] });
});

test("A store in memory refuses another place for its cold tier, and a backup", async () => {
  throws(() => backendWith({ archive: "/tmp" }), { code: "UNSUPPORTED" });
  await rejects(backendWith().backup("file"), { code: "UNSUPPORTED" });
});

test("The doctor finds orphans, gaps and revisions that were never given out", () => {
  const tables = emptyTables((kind, id) => kind + id, 1);
  const message = { id: "m", threadId: "t", role: "user", content: { codec: 1, data: "1" }, createdAt: 1 } as const;
  tables.messages.set("m", { row: { ...message, revision: 2 }, sequence: 1 });
  tables.logs.set("l", { head: 2, watermark: 3 });
  tables.logEntries.set("l", new Map([[2, { ordinal: 2, recordedAt: 1, event: "{}" }]]));
  tables.logEntries.set("x", new Map());
  const { checked, findings } = examine([["acme", tables]]);
  equal(checked, 2);
  deepEqual(
    findings.map(({ kind }) => kind),
    ["orphaned-message", "ordinal-gap", "watermark", "orphaned-entries", "revision"],
  );
  deepEqual(examine([["acme", emptyTables((kind, id) => kind + id, 0)]]).findings, []);
});
