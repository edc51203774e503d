import { open } from "holdfast";

// A process without the rights of root, which are above those of files. It does what it is told to with the store that it is
// given, and says how each went: `ok`, or the code of the error.

const { url, driver } = JSON.parse(process.argv[2]);
const options = { driver, sweep: false };
let db;
const jobs = {
  open: async () => {
    db = await open(url, options);
  },
  put: (key) => db.tenant("acme").kv.put([], key, key),
  keys: async () => (await db.tenant("acme").kv.list([])).items,
  close: () => db.close(),
};

process.on("message", (request) => void answer(request));
process.send({ value: "ready" });

async function answer([job, ...args]) {
  try {
    process.send({ value: (await jobs[job](...args)) ?? "ok" });
  } catch (error) {
    process.send({ code: error.code, outcome: error.outcome, message: error.message });
  }
}
