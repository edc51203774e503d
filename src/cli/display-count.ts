/** A number for people: `1,234`. With what is counted: `1,234 messages`, `1 message`. */
export function displayCount(value: number, one?: string, many: string = `${one}s`): string {
  const text = value.toLocaleString("en-US");
  return one === undefined ? text : `${text} ${value === 1 ? one : many}`;
}
