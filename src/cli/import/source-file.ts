import { createWriteStream } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { HoldfastError } from "../../contract/index.js";
import { invalid } from "../../core/arguments.js";

/** A file that is read twice: to check it, then to import it. */
export interface SourceFile extends AsyncDisposable {
  /** How it is called in messages. */
  readonly name: string;
  /** Bytes on disk, compressed or not. */
  readonly size: number;
  /** All bytes from the beginning, decompressed. `onRead` hears how many bytes were read from disk. */
  read(onRead: (bytes: number) => void): AsyncIterable<Buffer>;
}

/** Opens a file, gzipped or not; `-` is standard input. What can be read only once is copied to a temporary file first. */
export async function openSource(file: string): Promise<SourceFile> {
  if (file === "-") return copyOf(process.stdin, "standard input");
  const handle = await openForReading(file);
  const status = await handle.stat();
  if (status.isDirectory()) {
    await handle.close();
    throw invalid(
      "FILE",
      `${JSON.stringify(file)} is a directory. Pass a file of JSON lines, or - for standard input.`,
    );
  }
  if (status.isFile()) return sourceOf(handle, file, status.size, () => handle.close());
  return copyOf(handle.createReadStream(), file);
}

async function openForReading(file: string): Promise<FileHandle> {
  try {
    return await open(file, "r");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT")
      throw new HoldfastError("NOT_FOUND", `there is no file ${JSON.stringify(file)}.`, { cause: error });
    throw new HoldfastError("INVALID_ARGUMENT", `cannot read ${JSON.stringify(file)}: ${message}`, { cause: error });
  }
}

async function copyOf(stream: Readable, name: string): Promise<SourceFile> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-import-"));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const path = join(folder, "source");
    await pipeline(stream, createWriteStream(path, { mode: 0o600 }));
    const handle = await open(path, "r");
    const { size } = await handle.stat();
    // Removed while it is open, so that nothing stays behind however the process ends. (Windows refuses; there, at the end.)
    await remove().catch(() => undefined);
    return sourceOf(handle, name, size, async () => {
      await handle.close();
      await remove();
    });
  } catch (error) {
    await remove();
    throw error;
  }
}

async function sourceOf(
  handle: FileHandle,
  name: string,
  size: number,
  dispose: () => Promise<void>,
): Promise<SourceFile> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
  const isGzip = bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  return {
    name,
    size,
    read: (onRead) => (isGzip ? decompressed(handle, name, onRead) : counted(handle, onRead)),
    [Symbol.asyncDispose]: dispose,
  };
}

const chunkBytes = 64 * 1024;

// Not by a stream, which would close the file for good where a reader stops before its end.
async function* counted(handle: FileHandle, onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
  for (let position = 0; ;) {
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    onRead(bytesRead);
    yield buffer.subarray(0, bytesRead);
  }
}

async function* decompressed(
  handle: FileHandle,
  name: string,
  onRead: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  const done = pipeline(counted(handle, onRead), gunzip);
  // Awaited below, after what it wrote was read; until then a failure must not count as unhandled.
  done.catch(() => undefined);
  try {
    for await (const chunk of gunzip) yield chunk as Buffer;
    await done;
  } catch (error) {
    throw new HoldfastError("INVALID_ARGUMENT", `${name} cannot be decompressed: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}
