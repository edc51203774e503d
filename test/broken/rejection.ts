import { HoldfastError } from "holdfast";

/** The error that a call fails with. Throws where it does not, or with something that is none of ours. */
export async function rejection(call: PromiseLike<unknown>): Promise<HoldfastError> {
  let value: unknown;
  try {
    value = await call;
  } catch (error) {
    if (error instanceof HoldfastError) return error;
    throw error;
  }
  throw new Error(`It gave ${JSON.stringify(value)}.`);
}
