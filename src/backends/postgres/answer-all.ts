import type { ReadCall, Scope } from "../../core/backend.js";
import { missingFile } from "../../core/cold-tier.js";
import type { Answer, Query } from "../../core/queries.js";
import { longKinds, reading } from "./answer.js";
import type { StoreContext } from "./store-context.js";

/** Answers all queries of a read from one snapshot, in their order. */
export async function answerAll<const Q extends readonly Query[]>(
  store: StoreContext,
  of: Scope,
  queries: Q,
  call: ReadCall,
): Promise<{ readonly [I in keyof Q]: Answer<Q[I]> }> {
  const isLong = queries.some(({ kind }) => longKinds.has(kind));
  const answer = (): Promise<readonly Answer[]> =>
    store.read(of, call, isLong, (view) => queries.map((query) => reading(view, query)));
  const answers = await answer().catch((error: unknown) => {
    // Files of a log that was erased are gone as soon as a new snapshot shows that it was.
    if (missingFile(error) === undefined) throw error;
    return answer();
  });
  return answers as { readonly [I in keyof Q]: Answer<Q[I]> };
}
