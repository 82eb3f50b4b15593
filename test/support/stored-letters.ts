// SPDX-License-Identifier: Apache-2.0
/** Reads an archive as tests want it. */
import type {
  DeadLetterArchive,
  StoredLetter,
  UnreadableLine,
} from "../../src/dead-letter/dead-letter-archive.ts";

export async function storedLetters(archive: DeadLetterArchive): Promise<StoredLetter[]> {
  return (await storedItems(archive)).filter((item) => item.kind === "letter");
}

export async function unreadableLines(archive: DeadLetterArchive): Promise<UnreadableLine[]> {
  return (await storedItems(archive)).filter((item) => item.kind === "unreadable");
}

async function storedItems(archive: DeadLetterArchive): Promise<(StoredLetter | UnreadableLine)[]> {
  const items: (StoredLetter | UnreadableLine)[] = [];
  for await (const item of archive.entries()) items.push(item);
  return items;
}
