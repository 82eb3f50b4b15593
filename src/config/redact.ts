// SPDX-License-Identifier: Apache-2.0
/**
 * Masks what may be secret in texts that are about to be shown. Pure. It rather masks too much: a masked word costs a
 * question, a shown key costs a rotation.
 *
 * `redactUrl` is for values that we know to be URLs; `redactText` is the net under free text from elsewhere (an error
 * of a library that quotes the request it made).
 */
import { MASK } from "./secret.ts";

/** Everything after these, up to the end of the value, is a key, a token or a signature. */
const ASSIGNED_SECRET =
  /\b(sig|AccountKey|SharedAccessSignature|client_secret|client_assertion|password)=[^&;\s"']+/gi;

/** `scheme://user:password@` — the user name too: some services put the key there. */
const USER_INFO = /\b([a-z][a-z0-9+.-]*:\/\/)[^/?#\s@]*@/gi;

const AUTHORIZATION = /\b(Bearer|Basic|ApiKey|SharedKey)\s+[A-Za-z0-9+/_=.:~-]{8,}/g;

/**
 * A URL that may be shown: without user and password, and with every query value masked, because receivers take
 * keys there under names that nobody can list. Text that is no URL comes back as the mask alone.
 */
export function redactUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null) return MASK;
  const userInfo = url.username === "" && url.password === "" ? "" : `${MASK}@`;
  const path = url.pathname === "/" && !hasExplicitPath(text) ? "" : url.pathname;
  const names = [...new Set(url.searchParams.keys())];
  const query = names.length === 0 ? "" : `?${names.map((name) => `${name}=${MASK}`).join("&")}`;
  return `${url.protocol}//${userInfo}${url.host}${path}${query}`;
}

/** Free text with everything masked that looks like a key, a signature, or a URL's user and password. */
export function redactText(text: string): string {
  return text
    .replace(ASSIGNED_SECRET, (_, name: string) => `${name}=${MASK}`)
    .replace(USER_INFO, (_, scheme: string) => `${scheme}${MASK}@`)
    .replace(AUTHORIZATION, (_, scheme: string) => `${scheme} ${MASK}`);
}

function hasExplicitPath(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*\//i.test(text);
}
