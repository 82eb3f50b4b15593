// SPDX-License-Identifier: Apache-2.0
/**
 * `callerIpAddress` into address and port (pure). Azure writes IPv4, IPv6, `::ffff:` forms,
 * `host:port`, `[v6]:port` and plain rubbish (`X.X.X.X`, `XX:2a02:…`). What cannot be split for
 * certain passes through as it is; an address is never rewritten.
 */

export interface ClientAddress {
  readonly address: string;
  readonly port: number | undefined;
}

const BRACKETED = /^\[([^[\]]+)\](?::(\d{1,5}))?$/;
const HOST_AND_PORT = /^([^:[\]]+):(\d{1,5})$/;
const MAX_PORT = 65_535;

/** Splits a caller's address; the whole text is the address when no port can be told from it. */
export function parseClientAddress(text: string): ClientAddress {
  // Nearly every address is a bare IPv4 one: no colon, nothing to split.
  if (!text.includes(":")) return { address: text, port: undefined };
  const match = BRACKETED.exec(text) ?? HOST_AND_PORT.exec(text);
  const address = match?.[1];
  if (address === undefined) return { address: text, port: undefined };
  const portText = match?.[2];
  if (portText === undefined) return { address, port: undefined };
  const port = Number(portText);
  return port >= 1 && port <= MAX_PORT ? { address, port } : { address: text, port: undefined };
}
