import type { Holdfast } from "../../contract/index.js";
import { turnOf, writeTurn } from "../tour/turn.js";
import type { TourSession } from "../tour/turn.js";

/** The tenant and user of the sample that its reader is shown. */
export const shown: TourSession = { tenantId: "acme", userId: "ana", threadId: "ana-orders" };

const sessions: readonly { readonly session: TourSession; readonly turns: number }[] = [
  { session: shown, turns: 3 },
  { session: { tenantId: "acme", userId: "ben", threadId: "ben-orders" }, turns: 1 },
  { session: { tenantId: "globex", userId: "gus", threadId: "gus-flights" }, turns: 2 },
];

/**
 * Fills a store in which there never was anything with a sample: two tenants whose users asked a support agent something.
 * Resolves with whether the sample is there.
 */
export async function loadSample(db: Holdfast): Promise<boolean> {
  const { items: tenants } = await db.listTenants({ limit: 1 });
  if (tenants.length > 0) return (await db.tenant(shown.tenantId).messages.getThread(shown.threadId)) !== undefined;
  for (const { session, turns } of sessions) {
    const tenant = db.tenant(session.tenantId);
    for (let number = 1; number <= turns; number++) await writeTurn(tenant, session, turnOf(session, number));
    await tenant.kv.put(["prefs", session.userId], "tone", "brief", { userId: session.userId });
  }
  return true;
}
