import { open } from "holdfast";

const [url, index, driver] = process.argv.slice(2);
const db = await open(url, driver === "" ? {} : { driver });
await db.tenant("acme").kv.put(["processes"], index, true);
await db.close();
