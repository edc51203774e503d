import { SingleBar } from "cli-progress";

/** Shows on a terminal how far something is that takes long. */
export interface Progress {
  advance(amount: number): void;
  stop(): void;
}

/** What is done sooner needs no bar. */
const quietMs = 500;

/** A bar on standard error; nothing where that is no terminal. */
export function startProgress(label: string, total: number): Progress {
  if (!process.stderr.isTTY) return { advance: () => undefined, stop: () => undefined };
  const bar = new SingleBar({ format: `${label} {bar} {percentage}%`, stream: process.stderr, clearOnComplete: true });
  const startAt = performance.now() + quietMs;
  let done = 0;
  let isShown = false;
  return {
    advance: (amount) => {
      done += amount;
      if (!isShown && performance.now() >= startAt) {
        bar.start(total, done);
        isShown = true;
      }
      if (isShown) bar.update(Math.min(done, total));
    },
    stop: () => {
      if (isShown) bar.stop();
      isShown = false;
    },
  };
}
