import type { Holdfast } from "../../contract/index.js";
import { loadSample, shown } from "./load-sample.js";
import { makeSampleToken } from "./sample-token.js";

/** Loads the sample into a new store, and says in lines for a shell how to call the server at `url` about it. */
export async function sampleInvitation(db: Holdfast, url: string): Promise<readonly string[]> {
  if (!(await loadSample(db)))
    return ["", "The store has data of its own, so no sample was loaded. PROTOCOL.md says how to call it."];
  const { tenantId, userId, threadId } = shown;
  const secret = await makeSampleToken(db, tenantId);
  const message = { threadId, role: "user", content: { json: "Thank you!" } };
  return [
    "",
    `It has a sample: tenant ${tenantId}, whose users asked a support agent about their orders. A token for it, until tomorrow:`,
    "",
    `  TOKEN=${secret}`,
    "",
    "Which threads has ana? Add a message to one. What did the agent do there, and what does it do next (Ctrl+C ends it)?",
    "",
    `  ${post(url, "messages/listThreads", { userId })}`,
    `  ${post(url, "messages/createMessage", { message })}`,
    `  curl -sN '${url}/v1/log/tail?threadId=${threadId}&after=0' -H "Authorization: Bearer $TOKEN"`,
  ];
}

function post(url: string, route: string, body: object): string {
  return `curl -s ${url}/v1/${route} -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
}
