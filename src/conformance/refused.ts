import { deepEqual, equal, fail, ok } from "node:assert/strict";
import { HoldfastError } from "../contract/index.js";
import type { ErrorCode, Tenant } from "../contract/index.js";
import { dump } from "./fixture.js";

/** Asserts that a call is refused with this code, about this path, and gives the error. */
export async function refused(call: Promise<unknown>, code: ErrorCode, path?: string): Promise<HoldfastError> {
  const error = await call.then(
    () => fail(`should be refused with ${code}${path === undefined ? "" : ` at ${path}`}, but resolves`),
    (thrown: unknown) => thrown,
  );
  ok(error instanceof HoldfastError, `should be a HoldfastError, but is ${String(error)}`);
  equal(error.code, code, `${code} expected, but got ${error.code}: ${error.message}`);
  if (path !== undefined) equal(error.details.path, path, `about ${path}, but got: ${error.message}`);
  return error;
}

/** Something that can never be accepted: the path of what is wrong with it, and the call. */
export type Refusal = readonly [path: string, call: (tenant: Tenant) => Promise<unknown>, code?: ErrorCode];

/** Asserts that each call is refused, with `INVALID_ARGUMENT` unless it says otherwise, and that nothing changed. */
export async function refusesEach(tenant: Tenant, refusals: readonly Refusal[]): Promise<void> {
  const before = await dump(tenant);
  for (const [index, [path, call, code = "INVALID_ARGUMENT"]] of refusals.entries()) {
    try {
      await refused(call(tenant), code, path);
    } catch (error) {
      if (error instanceof Error) error.message = `case ${index}, ${path}: ${error.message}`;
      throw error;
    }
  }
  deepEqual(await dump(tenant), before);
}
