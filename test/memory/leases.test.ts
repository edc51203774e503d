import { deepEqual, equal } from "node:assert/strict";
import { test } from "vitest";
import { acme, ann, backendWith, codeOf, now, outcomeOf, thread, write } from "./harness.js";

const acquire = { kind: "lease.acquire", name: "run", ttlMs: 10 } as const;

test("A lease is held by one, until it expires or is released", async () => {
  const backend = backendWith();
  const [lease] = await write(backend, acme, [acquire]);
  deepEqual(lease, { name: "run", token: 1, expiresAt: now + 10 });
  equal(await codeOf(backend, acme, acquire, { now: now + 9 }), "CONFLICT");
  equal(await codeOf(backend, ann, acquire), "OK");
  const [next] = await write(backend, acme, [acquire], { now: now + 10 });
  deepEqual(next, { name: "run", token: 3, expiresAt: now + 20 });
  equal(await codeOf(backend, acme, { kind: "lease.renew", name: "run", token: 1, ttlMs: 1 }), "CONFLICT");
  deepEqual(await write(backend, acme, [{ kind: "lease.release", name: "run", token: 1 }]), [false]);
  const [renewed] = await write(backend, acme, [{ kind: "lease.renew", name: "run", token: 3, ttlMs: 50 }]);
  deepEqual(renewed, { name: "run", token: 3, expiresAt: now + 50 });
  deepEqual(await write(backend, acme, [{ kind: "lease.release", name: "run", token: 3 }]), [true]);
  equal(await codeOf(backend, acme, acquire), "OK");
});

test("A fence that is not held refuses the commit as a whole, and is not looked at in a repeat", async () => {
  const backend = backendWith();
  await write(backend, acme, [acquire]);
  const fence = { name: "run", token: 1 };
  const idempotency = { operationId: "op", hash: "h" };
  await write(backend, acme, [thread("a", "u")], { fence, idempotency });
  const late = await outcomeOf(backend, acme, [thread("b", "u")], { fence, now: now + 10 });
  equal(!late.ok && late.error.code, "CONFLICT");
  equal(!late.ok && late.error.operationIndex, undefined);
  equal(await codeOf(backend, ann, thread("b", "ann"), { fence }), "OK");
  equal(await codeOf(backend, { tenantId: "other" }, thread("b", "u"), { fence }), "CONFLICT");
  const repeated = await outcomeOf(backend, acme, [thread("a", "u")], { fence, idempotency, now: now + 10 });
  equal(repeated.ok && repeated.repeatOf, "h");
});
