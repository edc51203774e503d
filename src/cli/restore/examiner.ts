import { HoldfastError } from "../../contract/index.js";
import { open } from "../../open.js";
import type { Examined } from "./examine-store.js";

// The process that opens a store for `restore`: once it has ended, nothing of it holds the file.

const [path, isThorough] = process.argv.slice(2) as [path: string, isThorough?: string];
process.send!(await examine());

async function examine(): Promise<Examined> {
  try {
    await using db = await open(`sqlite:${path}`, { sweep: false });
    return { ok: true, diagnosis: isThorough === undefined ? { checked: 0, findings: [] } : await db.doctor() };
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return { ok: false, code: error.code, message: error.message };
  }
}
