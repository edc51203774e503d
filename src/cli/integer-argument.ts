import { InvalidArgumentError } from "commander";

/** Reads an option that is an integer from 0. */
export function integerArgument(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError("It must be an integer from 0.");
}
