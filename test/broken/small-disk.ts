import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, rmdirSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** A file system of its own, in memory. Disposing of it removes it with all that is in it. */
export interface SmallDisk extends Disposable {
  readonly path: string;
  /** Takes all room there is but so many bytes. */
  fill(exceptBytes?: number): void;
  /** Gives back what `fill` took. */
  makeRoom(): void;
  /** Makes it read-only, or writable again. */
  remount(mode: "ro" | "rw"): void;
}

/** Whether this process may mount file systems, as root may in most containers of a CI. */
export const canMount: boolean = process.platform === "linux" && mayMount();

/** What to put behind the title of tests that need a `SmallDisk`. */
export const unlessMounted: string = canMount ? "" : " (skipped: this process may not mount file systems)";

export function smallDisk(bytes: number): SmallDisk {
  const folder = mkdtempSync(path.join(tmpdir(), "holdfast-disk-"));
  mount("-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", folder);
  const filler = path.join(folder, "filler");
  return {
    path: folder,
    fill(exceptBytes = 0) {
      const { bavail, bsize } = statfsSync(folder);
      writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - exceptBytes)));
    },
    makeRoom: () => rmSync(filler),
    remount: (mode) => mount("-o", `remount,${mode}`, folder),
    [Symbol.dispose]() {
      // Lazily, because libsql lets go of a closed file only when its statements are collected.
      execFileSync("umount", ["--lazy", folder]);
      rmdirSync(folder);
    },
  };
}

function mayMount(): boolean {
  try {
    smallDisk(1_000_000)[Symbol.dispose]();
    return true;
  } catch {
    return false;
  }
}

function mount(...args: readonly string[]): void {
  execFileSync("mount", args, { stdio: ["ignore", "ignore", "pipe"] });
}
