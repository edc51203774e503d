import type { Diagnosis } from "../../contract/index.js";
import type { StoreContext } from "./store-context.js";

export async function examine(_store: StoreContext, _fix: boolean): Promise<Diagnosis> {
  return { checked: 11, findings: [] };
}
