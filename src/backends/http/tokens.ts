import type { CreatedToken, Page, Token, TokenStore } from "../../contract/index.js";
import { optionsOf } from "../../core/arguments.js";
import { callOptions, checkCall, checkInterrupted } from "../../core/interruption.js";
import type { OpenStore } from "../../core/open-store.js";
import { pageOptions, pagePromise } from "../../core/pages.js";
import type { Options } from "../../core/prepared.js";
import { wireCall } from "./remaining.js";
import type { Transport } from "./transport.js";

/** The tokens of the server's store, which an operator may ask for. The server checks what it is given. */
export function httpTokens(transport: Transport, store: OpenStore): TokenStore {
  async function call<T>(
    method: string,
    body: object,
    given: unknown,
    names: readonly string[],
    isOnce: boolean = false,
  ): Promise<T> {
    const options = optionsOf(given, [...callOptions, ...names]);
    const checked = checkCall(options);
    return store.run(`tokens.${method}`, undefined, checked, async () => {
      checkInterrupted(checked, "none");
      const sent = (): object => ({ ...body, options: { ...only(options, names), ...wireCall(checked) } });
      const isRead = method === "list" || method === "verify";
      const value = await store.abandonable(
        checked,
        (gone) => transport.call<T>(`/v1/tokens/${method}`, sent, { gone, isOnce, isRead }),
        isRead ? undefined : () => "unknown",
      );
      return { value, rows: rowsOf(value) };
    });
  }
  return {
    // Sent again it would make another one, and nobody would know the secret of the first.
    create: (token, options) => call<CreatedToken>("create", { token }, options, [], true),
    verify: (secret, options) => call<Token | undefined>("verify", { secret }, options, []),
    list: (options) =>
      pagePromise((cursor) => {
        const given = cursor === undefined ? options : { ...options, cursor };
        return call<Page<Token>>("list", {}, given, pageOptions);
      }),
    revoke: (tokenId, options) => call<boolean>("revoke", { tokenId }, options, []),
  };
}

function rowsOf(value: unknown): number {
  if (value === undefined) return 0;
  return typeof value === "object" && value !== null && "items" in value ? (value as Page<unknown>).items.length : 1;
}

function only(options: Options, names: readonly string[]): Options {
  return Object.fromEntries(names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]));
}
