import fc from "fast-check";

/**
 * Identifiers to draw from: few, so that programs meet the same records again and again, and hostile, so that an engine
 * that joins, escapes or orders strings wrongly gives itself away.
 */
export const pools = {
  tenants: ["t", "t:", "T"],
  users: ["u", "u:1", "😀"],
  threads: ["a", "a:b", "%"],
  messages: ["m", "m:", "..", "_", "\uffee", "id-1", "id-2"],
  executions: ["e", "e\\"],
  namespaces: [["a"], [], [""], ["a", "b"], ["a:b"], ["a", ""], ["", "a"], ["😀", "b"], ["\uffee", "b"], ["%"]],
  keys: ["k", "k1", "k%", "%", "_", "\\", "😀", "\uffee", "a:b", ".."],
  prefixes: ["", "k", "k%", "%", "_", "\\", "😀"],
  operations: ["op", "op:1"],
  leases: ["l", "l:1"],
} as const;

export const tenant: fc.Arbitrary<string> = mostlyFirst(pools.tenants, 6);
export const user: fc.Arbitrary<string> = mostlyFirst(pools.users, 4);
export const thread: fc.Arbitrary<string> = mostlyFirst(pools.threads, 4);
export const message: fc.Arbitrary<string> = mostlyFirst(pools.messages, 3);
export const execution: fc.Arbitrary<string> = mostlyFirst(pools.executions, 2);
export const namespace: fc.Arbitrary<readonly string[]> = mostlyFirst<readonly string[]>(pools.namespaces, 8);
export const key: fc.Arbitrary<string> = mostlyFirst(pools.keys, 6);
export const prefix: fc.Arbitrary<string> = mostlyFirst(pools.prefixes, 4);
export const lease: fc.Arbitrary<string> = mostlyFirst(pools.leases, 2);
export const operation: fc.Arbitrary<string> = mostlyFirst(pools.operations, 1);

/** One of a pool, the first being `times` more likely than each other: what is written is to be read, too. */
function mostlyFirst<T>(pool: readonly [T, ...T[]], times: number): fc.Arbitrary<T> {
  return fc.constantFrom(...Array.from({ length: times }, () => pool[0]), ...pool);
}
