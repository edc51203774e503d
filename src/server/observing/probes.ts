import { Hono } from "hono";
import type { Holdfast } from "../../contract/index.js";
import { inTime } from "./in-time.js";
import type { ServerEnv } from "../request-variables.js";

export interface ProbeOptions {
  /** Whether the server takes no more calls because it is about to end. */
  readonly isDraining?: (() => boolean) | undefined;
  /** Milliseconds in which the store has to answer; 2,000 by default. */
  readonly timeoutMs?: number | undefined;
}

/**
 * `/healthz`: the process runs. `/readyz`: its store answers too, and it is not about to end. Neither needs a token, nor says
 * more than that. Goes before `authentication`.
 */
export function probes(db: Pick<Holdfast, "healthCheck">, options: ProbeOptions = {}): Hono<ServerEnv> {
  const { isDraining = () => false, timeoutMs = 2000 } = options;
  let asking: Promise<boolean> | undefined;
  // Anybody may ask, so however many do, the store is asked once at a time.
  const answers = (): Promise<boolean> => {
    asking ??= storeAnswers(db, timeoutMs).finally(() => {
      asking = undefined;
    });
    return asking;
  };
  return new Hono<ServerEnv>()
    .get("/healthz", (c) => c.text("ok\n"))
    .get("/readyz", async (c) => {
      const isReady = !isDraining() && (await answers()) && !isDraining();
      return isReady ? c.text("ok\n") : c.text("not ready\n", 503);
    });
}

async function storeAnswers(db: Pick<Holdfast, "healthCheck">, timeoutMs: number): Promise<boolean> {
  const answer = db.healthCheck({ deadline: Date.now() + timeoutMs }).then(
    () => true,
    () => false,
  );
  return (await inTime(timeoutMs, answer)) ?? false;
}
