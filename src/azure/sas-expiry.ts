// SPDX-License-Identifier: Apache-2.0
/**
 * Reads when a shared access signature ends (pure), from the part of it that is no secret. A token that leaves its end to
 * a stored access policy does not say.
 */

/** `YYYY-MM-DD`, or a time of day in UTC behind it: the forms that the service takes. */
const EXPIRY = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** Epoch ms at which the signature in this URL ends; undefined where there is none, or where it does not say. */
export function sasExpiryMs(url: string): number | undefined {
  const query = URL.parse(url)?.searchParams;
  const expiry = query?.get("se") ?? "";
  if (query?.has("sig") !== true || !EXPIRY.test(expiry)) return undefined;
  const expiresAtMs = Date.parse(expiry);
  return Number.isNaN(expiresAtMs) ? undefined : expiresAtMs;
}
