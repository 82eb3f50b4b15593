// SPDX-License-Identifier: Apache-2.0
/** `dead-letters show`: everything about one letter, its original and the receiver's own words included. */
import { isUtf8 } from "node:buffer";
import { openArchive } from "../dead-letter-store.ts";
import type { DeadLetterArchive, StoredLetter } from "../dead-letter/dead-letter-archive.ts";
import { ConnectorError } from "../errors.ts";
import { visibleText } from "../telemetry/visible-text.ts";
import { EXIT } from "./command.ts";
import type { Command } from "./command.ts";
import { configure } from "./configure.ts";
import { readUids } from "./dead-letters-flags.ts";
import { missingText } from "./dead-letters-place.ts";
import { isoSeconds, listedFields } from "./dead-letters-view.ts";

export const show: Command = async (context) => {
  const loaded = await configure(context, { storage: false });
  if (loaded === undefined) return EXIT.badConfig;
  const { stdout, stderr, flags } = context;
  const [uid = ""] = readUids(context.args);
  if (flags["raw"] !== undefined && flags["json"] !== undefined) {
    throw new ConnectorError("CONFIG_INVALID", "--raw and --json are two forms: give one");
  }
  const archive = await openArchive(loaded.config.deadLetter.place, context.clock);
  try {
    const letter = await find(archive, uid);
    if (letter === undefined) {
      const why = (await archive.exists()) ? "" : `${missingText(archive.name)}\n`;
      await stderr.write(`no letter ${uid} in ${archive.name}\n${why}`);
      return EXIT.fault;
    }
    const { bytes } = letter.deadLetter;
    if (flags["raw"] !== undefined) await stdout.write(bytes);
    else
      await stdout.write((flags["json"] === undefined ? describe : toJson)(letter, archive.name));
    return EXIT.ok;
  } finally {
    await archive.close();
  }
};

async function find(archive: DeadLetterArchive, uid: string): Promise<StoredLetter | undefined> {
  for await (const item of archive.entries()) {
    if (item.kind === "letter" && item.deadLetter.uid === uid) return item;
  }
  return undefined;
}

function toJson(letter: StoredLetter, place: string): string {
  const { detail, receiver, bytes } = letter.deadLetter;
  const fields = { place, ...listedFields(letter), detail, message: receiver?.message ?? null };
  return `${JSON.stringify({ ...fields, ...originalOf(bytes) })}\n`;
}

function originalOf(bytes: Uint8Array): { text: string } | { base64: string } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer) ? { text: buffer.toString("utf8") } : { base64: buffer.toString("base64") };
}

function describe(letter: StoredLetter, place: string): string {
  const { deadLetter, keptAtMs, state } = letter;
  const { uid, reason, detail, blob, range, receiver, bytes } = deadLetter;
  const original = originalOf(bytes);
  const length = range.end - range.start;
  const repeat = state.kind === "replayed" && state.isLikelyRepeat ? ", likely a repeat" : "";
  const rows: readonly (readonly [string, string])[] = [
    ["uid", uid],
    ["place", place],
    ["reason", reason],
    ["detail", detail],
    ["kept", isoSeconds(keptAtMs)],
    ["state", state.kind === "open" ? "open" : `replayed ${isoSeconds(state.atMs)}${repeat}`],
    ["account", blob.account],
    ["container", blob.container],
    ["blob", blob.name],
    ["created", isoSeconds(blob.createdAtMs)],
    ["range", `${range.start}-${range.end} (${length} bytes)`],
    ...(receiver === undefined
      ? []
      : ([
          ["status", String(receiver.status)],
          ["attempts", String(receiver.attempts)],
          ["message", receiver.message],
        ] as const)),
  ];
  const held = bytes.length === length ? "" : `, the first ${bytes.length} bytes`;
  const [form, text] =
    "text" in original ? ["", original.text] : [", base64: it is not UTF-8", original.base64];
  const head = rows.map(([name, value]) => `${name.padEnd(10)} ${visibleText(value)}\n`).join("");
  return `${head}original${form}${held}:\n${visibleText(text)}\n`;
}
