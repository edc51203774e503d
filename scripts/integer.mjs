/** Reads an option that is an integer from `least`, or throws an error that names it. */
export function integer(word, name, least) {
  const number = Number(word);
  if (word.trim() !== "" && Number.isSafeInteger(number) && number >= least) return number;
  throw new Error(`${name} must be an integer from ${least}; got ${word}.`);
}
