/**
 * Every limit of the contract. They are checked before anything is sent to a store.
 *
 * A value, batch or nesting past its limit is `TOO_LARGE`; an identifier, namespace or page limit past its own is
 * `INVALID_ARGUMENT`. Either way `details` carries `{ path, limit, size }`.
 */
export const limits = {
  /** UTF-8 bytes of a tenant id. */
  tenantIdBytes: 128,
  /** UTF-8 bytes of a user, thread, message, execution, author, parent, operation or request id, and of `actor`. */
  idBytes: 256,
  /** UTF-8 bytes of a key. */
  keyBytes: 512,
  /** Segments of a namespace. */
  namespaceSegments: 16,
  /** UTF-8 bytes of a namespace: those of its segments, plus one for each. */
  namespaceBytes: 384,
  /** Bytes of one value: of its JSON text in UTF-8, or of a `Uint8Array`. The default; `open(url, { maxValueBytes })` sets another. */
  valueBytes: 1_048_576,
  /** The largest `maxValueBytes` that may be configured, so that a value always fits in a batch. */
  configurableValueBytes: 8_388_608,
  /** Levels of arrays and objects inside each other. */
  valueDepth: 128,
  /** Operations in one `write`. */
  batchOperations: 1000,
  /** Events in one `append`, and in all appends of one `write` together. */
  batchEvents: 10_000,
  /** Bytes of all values in one `write`, or in one `append`. */
  batchBytes: 8_388_608,
  /** Items of a page where no `limit` is given. */
  defaultPageItems: 100,
  /** Items of a page, at most. Also the keys of one `getMany`. */
  pageItems: 1000,
  /** Bytes of stored values after which a page ends, though its `limit` is not reached. A page holds at least one item. */
  pageBytes: 8_388_608,
  /** Bytes of an axis name of a state snapshot. */
  axisNameBytes: 64,
  /** Milliseconds for which the outcome of an `operationId` is kept: 7 days. */
  operationRetentionMs: 604_800_000,
} as const;
