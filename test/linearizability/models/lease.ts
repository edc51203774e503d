import type { Model } from "../model.js";

export type LeaseInput =
  | { readonly do: "acquire" }
  | { readonly do: "renew"; readonly token: number }
  | { readonly do: "release"; readonly token: number }
  /** A write that the token fences. */
  | { readonly do: "write"; readonly token: number }
  /** Time runs out for the holder. Nobody calls it: it is in a history without a return, from when it may happen. */
  | { readonly do: "expire"; readonly token: number };

export interface LeaseOutput {
  /** Of `acquire`. */
  readonly token?: number;
  /** Whether it was refused. */
  readonly isConflict?: boolean;
}

export interface LeaseState {
  /** Of who holds the lease; absent where it is free, or held by somebody who was never told. */
  readonly token?: number;
  readonly isHeld: boolean;
  /** Every token from now on is greater. */
  readonly highest: number;
}

/** A lease: one holder at a time, with tokens that rise, and no write with a token that is not the holder's. */
export const leaseModel: Model<LeaseState, LeaseInput, LeaseOutput> = {
  initial: { isHeld: false, highest: 0 },
  step(state, input, output) {
    if (input.do === "acquire") return afterAcquire(state, output);
    const isHolder = state.isHeld && state.token === input.token;
    if (input.do === "expire") return isHolder ? free(state) : undefined;
    if (output !== undefined && (output.isConflict === true) === isHolder) return undefined;
    return isHolder && input.do === "release" ? free(state) : state;
  },
  isIdle: (_, input, output) => ["renew", "write"].includes(input.do) || output?.isConflict === true,
  rankOf: () => undefined,
  keyOf: JSON.stringify,
};

function afterAcquire(state: LeaseState, output: LeaseOutput | undefined): LeaseState | undefined {
  const { isHeld, highest } = state;
  if (output?.isConflict === true) return isHeld ? state : undefined;
  if (isHeld) return undefined;
  if (output === undefined) return { isHeld: true, highest };
  return output.token! > highest ? { token: output.token!, isHeld: true, highest: output.token! } : undefined;
}

function free({ highest }: LeaseState): LeaseState {
  return { isHeld: false, highest };
}
