import { given, openStore, say } from "./setup.mjs";

// Takes a lease, and writes under it and renews it, over and over. It prints `held TOKEN EXPIRES_AT` and `step N`. Its clock
// goes on by a millisecond with every look at it.

const { name, threadId, ttlMs, now, step: firstStep } = given;
let time = now;
const db = await openStore({ clock: () => time++ });
const tenant = db.tenant("tenant");
let lease = await tenant.lease(name, { ttlMs });
say("held", lease.token, lease.expiresAt);
for (let step = firstStep; ; step++) {
  await tenant.write(
    (w) => {
      w.log.append(threadId, [{ kind: "step", step, token: lease.token }], { expectedHead: step });
      w.kv.put(["steps"], threadId, step);
    },
    { fence: lease },
  );
  say("step", step);
  if (step % 5 !== 0) continue;
  lease = await lease.renew();
  say("held", lease.token, lease.expiresAt);
}
