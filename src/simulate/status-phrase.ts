// SPDX-License-Identifier: Apache-2.0
/** The words that Key Vault writes for a status code: "Not Found" has a space, as its own queries spell it. Pure. */

const PHRASES: Readonly<Record<number, string>> = {
  200: "OK",
  201: "Created",
  202: "Accepted",
  204: "No Content",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  408: "Request Timeout",
  409: "Conflict",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
};

export function statusPhrase(status: number): string {
  return PHRASES[status] ?? String(status);
}
