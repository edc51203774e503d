/** What JSON can carry. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/**
 * What can be stored: JSON, or a `Uint8Array` as the whole value.
 *
 * A value comes back exactly as it went in: order of keys, `\u0000`, lone surrogates, `__proto__` as an own key, up to
 * 128 levels of nesting. As in `JSON.stringify`, properties that are `undefined` are left out and `-0` becomes `0`.
 * Everything else that JSON cannot carry (`Date`, `bigint`, `NaN`, a hole, a class instance, a `toJSON`, a cycle, bytes
 * inside JSON) is refused with `INVALID_ARGUMENT` and its path; nothing is converted in silence.
 *
 * Values are copied on the way in and on the way out: changing an object after a call changes nothing that is stored.
 * Parameters are typed `unknown` or `object` rather than `Value`, so that interfaces are accepted too.
 */
export type Value = Json | Uint8Array;
