import type { Tenant, Thread } from "../contract/index.js";

/** The threads of a user, newest first; where none is named, of all users of the tenant, one user after the other. */
export async function* listAllThreads(
  tenant: Tenant,
  userId: string | undefined,
  includeDeleted: boolean,
): AsyncGenerator<Thread> {
  const users = userId === undefined ? tenant.listUsers() : [userId];
  for await (const user of users) yield* tenant.messages.listThreads(user, { includeDeleted });
}
