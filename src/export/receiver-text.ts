// SPDX-License-Identifier: Apache-2.0
/**
 * Makes one safe log line out of what a receiver says in an error body (pure): `google.rpc.Status`
 * in protobuf or JSON, or any text. It promises a single line of at most 300 characters, in which
 * control characters are visible and the secrets that we sent do not appear. It does not decide
 * whether the text may be logged: see status-codes.ts.
 */
import { isUtf8 } from "node:buffer";
import { parseJsonObject } from "./export-response.ts";
import { ProtobufReader, WireError } from "./protobuf-reader.ts";

/** Long enough for every receiver's real message, short enough for a log line. */
const MAX_QUOTE_CHARS = 300;

/**
 * Shorter "secrets" would be ordinary words (`true`, a tenant `1`) and blank out half the message.
 */
const MIN_SECRET_CHARS = 6;

/** Controls, format marks such as bidi overrides, line separators, halves of surrogate pairs. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Long enough for every reason a receiver gives; a batch's dead letters hold a copy each. */
const MAX_MESSAGE_CHARS = 4096;

/**
 * The receiver's text for a dead letter: as it is, but for our secrets and for what is beyond 4,096 characters.
 * `secrets` are blanked out first.
 */
export function receiverMessage(body: Uint8Array, secrets: readonly string[]): string {
  const text = receiverText(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
  return cutMessage(withoutSecrets(text, secrets).trim());
}

/** A message of the receiver, no longer than a dead letter may hold. */
export function cutMessage(message: string): string {
  if (message.length <= MAX_MESSAGE_CHARS) return message;
  const cutAway = `… (${message.length} characters)`;
  return message.slice(0, MAX_MESSAGE_CHARS - cutAway.length).toWellFormed() + cutAway;
}

/**
 * The receiver's text fit for a log line; undefined when there is none. `secrets` are blanked out
 * first.
 */
export function quoteReceiver(body: Uint8Array, secrets: readonly string[]): string | undefined {
  const text = receiverText(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
  const line = cut(showInvisible(withoutSecrets(text, secrets).trim()));
  return line === "" ? undefined : line;
}

function receiverText(body: Buffer): string {
  const json = parseJsonObject(body);
  if (json !== undefined) {
    const { message } = json;
    return typeof message === "string" ? message : body.toString("utf8");
  }
  return statusMessage(body) ?? (isUtf8(body) ? body.toString("utf8") : "");
}

/**
 * `message` of a google.rpc.Status: 1 int32 code, 2 string message, 3 repeated Any details; nothing
 * else.
 */
function statusMessage(body: Buffer): string | undefined {
  try {
    const reader = new ProtobufReader(body);
    let message = "";
    while (reader.next()) {
      if (reader.field === 1) reader.int64();
      else if (reader.field === 2) message = reader.text();
      else if (reader.field === 3) reader.message();
      else return undefined;
    }
    return message;
  } catch (reason) {
    if (reason instanceof WireError) return undefined;
    throw reason;
  }
}

/** Some gateways repeat the token they refuse. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret.length >= MIN_SECRET_CHARS) clean = clean.replaceAll(secret, "[redacted]");
  }
  return clean;
}

function showInvisible(text: string): string {
  // Four times the limit: what is cut away below need not be made visible first.
  return text.slice(0, 4 * MAX_QUOTE_CHARS).replace(INVISIBLE, (character) => {
    if (character === "\n") return "\\n";
    if (character === "\r") return "\\r";
    if (character === "\t") return "\\t";
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

function cut(line: string): string {
  if (line.length <= MAX_QUOTE_CHARS) return line;
  // toWellFormed: the cut may fall between the two halves of a character.
  return `${line.slice(0, MAX_QUOTE_CHARS - 1).toWellFormed()}…`;
}
