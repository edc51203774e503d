import { deepStrictEqual, equal } from "node:assert/strict";
import type { Message, MessageStore, NewMessage, Page, Tenant } from "holdfast";
import { afterAll, beforeAll, describe, test } from "vitest";
import { collect } from "../support/collect.js";
import { engines } from "../support/engines.js";
import type { TemporaryStore } from "../support/engines.js";
import { describeWithData } from "../support/shared-data.js";

interface Tree {
  readonly message_tree_id: string;
  readonly prompt: TreeMessage;
}

interface TreeMessage {
  readonly message_id: string;
  readonly parent_id?: string;
  readonly role: "prompter" | "assistant";
  readonly text: string;
  readonly replies: readonly TreeMessage[];
}

/** The messages from the root to a leaf. */
type Path = readonly TreeMessage[];

describeWithData<Tree>("Message trees of OpenAssistant", "oasst/trees-60.jsonl.gz", (read) => {
  const trees = read();
  const paths = trees.flatMap(({ message_tree_id, prompt }) =>
    pathsBelow(prompt, []).map((path) => ({ threadId: message_tree_id, path })),
  );

  test("are the 60 trees with 684 messages and 360 leaves that the README of the data counts", () => {
    deepStrictEqual(
      [trees.length, trees.flatMap(({ prompt }) => flatten(prompt)).length, paths.length],
      [60, 684, 360],
    );
  });

  describe.for(engines)("on $name", (engine) => {
    let store: TemporaryStore;
    let tenant: Tenant;
    let messages: MessageStore;

    beforeAll(async () => {
      store = await engine.openTemporary();
      tenant = store.db.tenant("oasst");
      messages = tenant.messages;
      await Promise.all(trees.map((tree) => writeTree(tenant, tree)));
    });
    afterAll(() => store[Symbol.asyncDispose]());

    test("every tree is a thread that lists all of its messages as they were written", async () => {
      for (const { message_tree_id: threadId, prompt } of trees) {
        const listed = await collect(messages.listMessages(threadId));
        deepStrictEqual(listed.map(toSource), flatten(prompt).map(withoutReplies));
        equal(await messages.countMessages(threadId), listed.length);
      }
    });

    test("every leaf reads back as exactly the path from its root", async () => {
      for (const { threadId, path } of paths) {
        const branch = await collect(messages.listMessages(threadId, { leafId: leafOf(path) }));
        deepStrictEqual(branch.map(toSource), path.map(withoutReplies));
      }
    });

    test("a path reads back in reverse with order desc", async () => {
      for (const { threadId, path } of paths) {
        const branch = await collect(messages.listMessages(threadId, { leafId: leafOf(path), order: "desc" }));
        deepStrictEqual(branch.map(toSource), path.map(withoutReplies).toReversed());
      }
    });

    test.for(["asc", "desc"] as const)("a path reads back in pages of two, %s", async (order) => {
      for (const { threadId, path } of paths) {
        const pages: Page<Message>[] = [];
        let cursor: string | undefined;
        do {
          const page = await messages.listMessages(threadId, { leafId: leafOf(path), order, limit: 2, cursor });
          pages.push(page);
          cursor = page.nextCursor;
        } while (cursor !== undefined);
        const ids = path.map((message) => message.message_id);
        deepStrictEqual(
          pages.flatMap(({ items }) => items.map(({ id }) => id)),
          order === "asc" ? ids : ids.toReversed(),
        );
        equal(pages.length, Math.ceil(path.length / 2));
      }
    });

    test("the path to an inner message ends there", async () => {
      for (const { threadId, path } of paths) {
        for (const [index, { message_id: leafId }] of path.entries()) {
          const branch = await messages.listMessages(threadId, { leafId });
          deepStrictEqual(
            branch.items.map(({ id }) => id),
            path.slice(0, index + 1).map(({ message_id }) => message_id),
          );
        }
      }
    });

    test("a leaf is no branch of another tree", async () => {
      const [first, last] = [trees[0]!, paths.at(-1)!];
      deepStrictEqual(await messages.listMessages(first.message_tree_id, { leafId: leafOf(last.path) }), { items: [] });
    });
  });
});

function writeTree(tenant: Tenant, { message_tree_id: id, prompt }: Tree): Promise<unknown> {
  return tenant.write(
    (w) => {
      w.messages.createThread({ id, userId: "annotators" });
      for (const message of flatten(prompt)) w.messages.createMessage(toNewMessage(message, id));
    },
    { operationId: id },
  );
}

function toNewMessage(message: TreeMessage, threadId: string): NewMessage {
  const { message_id: id, parent_id: parentId, role, text: content, ...metadata } = withoutReplies(message);
  return { id, threadId, role: role === "prompter" ? "user" : "assistant", content, parentId, metadata };
}

function toSource(message: Message): Omit<TreeMessage, "replies"> {
  const { id, parentId, role, content, metadata } = message;
  return {
    message_id: id,
    ...(parentId !== undefined && { parent_id: parentId }),
    role: role === "user" ? "prompter" : "assistant",
    text: content as string,
    ...metadata,
  };
}

function withoutReplies({ replies: _, ...message }: TreeMessage): Omit<TreeMessage, "replies"> {
  return message;
}

/** A message and all below it, parents before their replies. */
function flatten(message: TreeMessage): TreeMessage[] {
  return [message, ...message.replies.flatMap(flatten)];
}

function pathsBelow(message: TreeMessage, above: Path): Path[] {
  const path = [...above, message];
  return message.replies.length === 0 ? [path] : message.replies.flatMap((reply) => pathsBelow(reply, path));
}

function leafOf(path: Path): string {
  return path.at(-1)!.message_id;
}
