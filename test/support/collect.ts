/** Everything that a list or a stream gives, up to `most` items. */
export async function collect<T>(items: AsyncIterable<T>, most: number = Infinity): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) {
    collected.push(item);
    if (collected.length >= most) break;
  }
  return collected;
}
