/** A part of a list, in order. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Pass it as `cursor` to go on; absent on the last page. */
  readonly nextCursor?: string;
}

/**
 * A list: `await` it for its first page, or `for await` over it to go through all pages, fetched as they are needed.
 *
 * A walk never gives a row twice, whatever is written meanwhile. A walk in order of creation or of keys gives every row
 * that was there from its begin to its end; one in order of `updatedAt` may miss rows that move while you walk.
 */
export interface PagePromise<T, P extends Page<T> = Page<T>> extends Promise<P>, AsyncIterable<T> {}

/** Options of every list. */
export interface PageOptions {
  /**
   * Items at most: an integer from 0 (none) to 1,000; 100 by default, and 500 for the pages of a walk behind its first. A page
   * also ends at 8 MiB.
   */
  readonly limit?: number | undefined;
  /** The `nextCursor` of the page before. Opaque; valid for the same list with the same options, `limit` excepted. */
  readonly cursor?: string | undefined;
}

/** Options of the lists that can also start at a position (seed 000). */
export interface OffsetOptions extends PageOptions {
  /** Rows to skip, instead of a `cursor`: an integer from 0. Rows that move between two calls are skipped or repeated. */
  readonly offset?: number | undefined;
}

/** Ascending or descending. */
export type Order = "asc" | "desc";
