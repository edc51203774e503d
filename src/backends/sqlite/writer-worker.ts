import { parentPort, workerData } from "node:worker_threads";
import { loadDriver } from "./drivers.js";
import { toPlainError } from "./errors.js";
import { openForWriting, readVersions } from "./opening.js";
import { readContext, recordSettings } from "./store-context.js";
import type { Opened, WriterReply, WriterRequest, WriterSetup } from "./writer-messages.js";
import { Writer } from "./writer.js";

/** The writer's thread: a slow disk stops this one, and not the application's. */
const { path, driver, now, settings } = workerData as WriterSetup;
const port = parentPort!;
const idleMs = 1000;
const writer = await open();
if (writer !== undefined) {
  const idle = setTimeout(() => writer.checkpoint(), idleMs);
  port.on("message", (request: WriterRequest) => {
    reply(() => answer(writer, request));
    idle.refresh();
    if (request.kind !== "close") return;
    clearTimeout(idle);
    port.close();
  });
}

async function open(): Promise<Writer | undefined> {
  try {
    const db = openForWriting(await loadDriver(driver), path, now);
    recordSettings(db, path, settings);
    const opened: Opened = { versions: readVersions(db) };
    const made = new Writer(db, readContext(db, path));
    port.postMessage({ ok: true, value: opened } satisfies WriterReply);
    return made;
  } catch (error) {
    port.postMessage({ ok: false, error: toPlainError(error, path, "none") } satisfies WriterReply);
    return undefined;
  }
}

function reply(work: () => unknown): void {
  try {
    port.postMessage({ ok: true, value: work() } satisfies WriterReply);
  } catch (error) {
    port.postMessage({ ok: false, error: toPlainError(error, path) } satisfies WriterReply);
  }
}

function answer(to: Writer, request: WriterRequest): unknown {
  switch (request.kind) {
    case "commit":
      return to.commit(request.group);
    case "archive":
      return to.archiveStep(request.log, request.watermark, request.now);
    case "evict":
      return to.evictStep(request.of, request.now, request.limit);
    case "sweep":
      return to.sweepStep(request.tenantId, request.what, request.now, request.after);
    case "noteSwept":
      return to.noteSwept(request.tenantId);
    case "beginErasure":
      return to.beginErasure(request.erasure);
    case "erase":
      return to.eraseStep(request.erasure, request.now);
    case "mend":
      return to.mend();
    case "close":
      return to.close();
  }
}
