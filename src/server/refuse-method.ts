import { HoldfastError } from "../contract/index.js";
import { withStatus } from "../wire/errors.js";

/** Refuses every method but those that were routed before: 405, with `Allow`. */
export function refuseMethod(allow: string): () => never {
  return () => {
    throw withStatus(
      new HoldfastError("INVALID_ARGUMENT", `This route takes ${allow} only.`, { details: { allow } }),
      405,
    );
  };
}
