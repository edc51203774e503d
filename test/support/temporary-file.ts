import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

/** Names a SQLite file in a folder of its own. Disposing of it removes the folder. */
export interface TemporaryFile extends AsyncDisposable {
  readonly path: string;
  readonly url: string;
}

export async function temporaryFile(): Promise<TemporaryFile> {
  const folder = await mkdtemp(path.join(tmpdir(), "holdfast-test-"));
  const file = path.join(folder, "store.db");
  return {
    path: file,
    url: `sqlite:${file}`,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
