import { deepEqual, equal, ok } from "node:assert/strict";
import { httpStatus } from "../../contract/index.js";
import type { HoldfastError } from "../../contract/index.js";
import { calls, methodNames } from "../calls.js";
import { seed } from "../fixture.js";
import { refused } from "../refused.js";
import type { Rule } from "../rule.js";

export const errorsAreOneClass: Rule = {
  id: "errors/one-class",
  says: "Every failure is a HoldfastError with a code that has an HTTP status, a message, plain details, and whether a retry may help.",
  async run({ tenant }) {
    const missing = await refused(tenant.messages.updateThread("no such thread", { title: "x" }), "NOT_FOUND");
    deepEqual([missing.name, missing.retryable], ["HoldfastError", false]);
    ok(missing instanceof Error && missing.message.includes("no such thread"));
    equal(missing.details.threadId, "no such thread");
    const message = tenant.messages.updateMessage("no such message", { content: "x" });
    equal((await refused(message, "NOT_FOUND")).details.messageId, "no such message");
    const late = await refused(tenant.kv.get(["p"], "k", { deadline: 0 }), "DEADLINE_EXCEEDED");
    equal(late.retryable, true);
    for (const error of [missing, late]) ok(httpStatus[error.code] >= 400);
    deepEqual(JSON.parse(JSON.stringify(missing.details)), missing.details);
  },
};

export const messagesQuoteNoContent: Rule = {
  id: "errors/quote-no-content",
  says: "Errors quote names, never content.",
  async run({ tenant }) {
    await seed(tenant, "secret-text");
    const errors: HoldfastError[] = [
      await refused(tenant.kv.put(["prefs", "user-1"], "tone", "secret-text", { expectedRevision: 0 }), "CONFLICT"),
      await refused(tenant.kv.put(["p"], "k", { text: "secret-text", bad: 1n }), "INVALID_ARGUMENT"),
      await refused(
        tenant.messages.createThread({ id: "thread-1", userId: "user-1", title: "secret-text" }),
        "ALREADY_EXISTS",
      ),
      await refused(
        tenant.messages.createMessage({ id: "message-1", threadId: "thread-1", role: "user", content: "secret-text" }),
        "ALREADY_EXISTS",
      ),
      await refused(
        tenant.log.append("thread-1", [{ kind: "note", text: "secret-text" }], { expectedHead: 0 }),
        "CONFLICT",
      ),
      await refused(
        tenant.state.upsertLatest({ userId: "user-1", source: "mixed", data: "secret-text", confidence: 2 }),
        "INVALID_ARGUMENT",
      ),
    ];
    for (const error of errors)
      ok(!`${error.message} ${JSON.stringify(error.details)}`.includes("secret-text"), error.message);
  },
};

/** One rule for every method: what it does once the instance is closed. */
export const closedMethods: readonly Rule[] = methodNames
  .filter((name) => name !== "state.healthCheck")
  .map((name) => ({
    id: `errors/closed-${name.replace(".", "-")}`,
    says: `${name} of a closed instance is CLOSED.`,
    async run({ tenant, open }) {
      const db = await open();
      const closing = db.tenant(tenant.id);
      await db.close();
      await refused(calls[name](closing), "CLOSED");
      await refused(calls[name](db.tenant(tenant.id)), "CLOSED");
    },
  }));
