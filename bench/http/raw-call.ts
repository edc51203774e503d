import type { Served } from "./served.js";

/** Calls a public route with nothing but `fetch`, and throws where it is not answered with a result. */
export async function call<T>({ url, token }: Served, path: string, body: object): Promise<T> {
  const response = await fetch(`${url}/v1/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as { readonly result: T };
  if (response.status !== 200) throw new Error(`${path} was answered with ${JSON.stringify(answer)}.`);
  return answer.result;
}
