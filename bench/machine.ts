import { cpus, loadavg } from "node:os";

interface Machine {
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  /** Processes that wanted to run in the last minute. */
  readonly load: number;
  readonly measuredAt: string;
}

/** Where and when something was measured. */
export function machine(): Machine {
  return {
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cpu: `${cpus().length} x ${cpus()[0]?.model}`,
    load: loadavg()[0]!,
    measuredAt: new Date().toISOString(),
  };
}

/** Warns where the machine does other things as well. */
export function warnOfLoad({ load }: Machine): void {
  if (load > cpus().length) console.log(`The load is ${load.toFixed(1)}: do not trust what follows.`);
}
