import { displayText } from "./display-text.js";
import { print } from "./output.js";
import { toJson } from "./to-json.js";

export interface ListText {
  /** The field of each JSON line. */
  readonly field: string;
  /** What people are told where the list is empty. */
  readonly none: string;
}

/** Prints a list of ids, one a line; with `json`, as objects with one field. */
export async function printList(
  ids: AsyncIterable<string>,
  { field, none }: ListText,
  json: boolean | undefined,
): Promise<void> {
  let isEmpty = true;
  for await (const id of ids) {
    isEmpty = false;
    await print(json ? toJson({ [field]: id }) : displayText(id));
  }
  if (isEmpty && !json) await print(none);
}
