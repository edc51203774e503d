import { store } from "../lib/store";

export const dynamic = "force-dynamic";

/** A page on the server calls the store itself: no request is needed. */
export default async function Page() {
  const { items } = await (await store()).tenant("acme").messages.listThreads("ana");
  return <p>{items.length} threads</p>;
}
