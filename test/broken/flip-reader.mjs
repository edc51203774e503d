import { open } from "holdfast";
import { manualClock } from "holdfast/testing";
import { answersOf } from "./known-store.mjs";

// A process that reads stores that may be damaged: it is another one than the test's, in case that ends it. It answers each
// request with what the store answered, or with the error that it cannot be opened with.

const { driver, now } = JSON.parse(process.argv[2]);

process.on("message", (request) => void answer(request));

async function answer({ url, job }) {
  process.send(
    await attempt(async () => {
      const db = await open(url, { driver, clock: manualClock(now), sweep: false });
      try {
        return job === "doctor" ? (await db.doctor()).findings : plain(await answersOf(db));
      } finally {
        await db.close();
      }
    }),
  );
}

async function attempt(work) {
  try {
    return { value: await work() };
  } catch (error) {
    return { error: plainError(error) };
  }
}

function plain(answers) {
  return [...answers].map(([question, answer]) => [
    question,
    "error" in answer ? { error: plainError(answer.error) } : answer,
  ]);
}

function plainError({ name, code, message }) {
  return { name, code, message };
}
