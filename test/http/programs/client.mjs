// Opens a server's store, uses it from several callers, and closes it: `client.mjs URL`. Then nothing may keep it running.
import { open } from "holdfast";

const db = await open(process.argv[2]);
const tenant = db.tenant("acme");
await Promise.all(Array.from({ length: 20 }, (_, key) => tenant.kv.put(["client"], String(key), key)));
await Promise.all(Array.from({ length: 20 }, (_, key) => tenant.kv.get(["client"], String(key))));
const tail = tenant.log.tail("t");
await tenant.log.append("t", [{ kind: "note" }]);
await tail.next();
const left = tenant.log
  .tail("t", { after: 1 })
  .next()
  .catch(() => undefined);
await db.close();
await left;
console.log("closed");
