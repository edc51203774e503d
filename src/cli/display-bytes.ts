/** A number of bytes for people: `0.3 MiB`. */
export function displayBytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toLocaleString("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 })} MiB`;
}
