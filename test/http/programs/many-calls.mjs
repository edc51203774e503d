// Makes calls through one client, and prints the bytes of the heap after some and after many: `many-calls.mjs URL CALLS`.
import { setMaxListeners } from "node:events";
import { open } from "holdfast";

const [url, calls] = process.argv.slice(2);
const db = await open(url);
const tenant = db.tenant("acme");
// The same for all of them, as an application's that ends with a user's session.
const { signal } = new AbortController();
setMaxListeners(0, signal);

async function call(count) {
  for (let done = 0; done < count; done += 100) {
    const deadline = Date.now() + 60_000;
    await Promise.all(
      Array.from({ length: 100 }, (_, key) =>
        key % 2 === 0
          ? tenant.kv.get(["n"], String(key), { signal, deadline })
          : tenant.kv.put(["n"], String(key), key, { signal, deadline }),
      ),
    );
  }
  // Once more, after what only the next turn of the loop lets go of.
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc();
  }
  return process.memoryUsage().heapUsed;
}

const some = await call(Number(calls) / 10);
const many = await call(Number(calls));
console.log(JSON.stringify({ some, many }));
await db.close();
