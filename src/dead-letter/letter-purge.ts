// SPDX-License-Identifier: Apache-2.0
/**
 * Removes chosen lines from append-only files while somebody may be appending to them.
 *
 * Nothing is changed in place. A file is claimed, read, what stays of it is written to a new file,
 * durably, and only then is the claimed one removed. A crash at any point leaves every line that
 * stays in at least one file; what stands in two is told apart by its uid. What a writer appends
 * before the claim is read here; what it appends after is not confirmed to it (see append-file.ts),
 * or makes the removal fail, and the file is done again. Lines that cannot be read stay: nobody
 * could say what is destroyed with them.
 */
import { Buffer } from "node:buffer";
import type { AppendFile } from "./append-file.ts";
import type { ChosenLetters, PurgeResult } from "./dead-letter-archive.ts";
import { FileGone } from "./letter-place.ts";
import type { LetterFile, LetterFileKind, LetterPlace } from "./letter-place.ts";
import type { Line } from "./line-reader.ts";
import { lettersOf, marksOf } from "./stored-letters.ts";

const WRITE_BYTES = 4 * 1024 * 1024;
const NEWLINE = Buffer.from("\n");

const NOTHING = { uids: new Set<string>(), bytes: 0 };

interface Judged {
  readonly line: Line;
  /** The uid of a line that is to go. */
  readonly goes: string | undefined;
}

/** Removes the chosen letters, then their marks, and finishes what an earlier purge left undone. */
export async function purgeLetters(
  place: LetterPlace,
  chosen: ChosenLetters,
): Promise<PurgeResult> {
  // Marks last: a letter without its mark would be open again, a mark without its letter is nothing.
  const letters = await purgeKind(place, "letters", chosen);
  const marks = await purgeKind(place, "marks", chosen);
  const uids = new Set([...letters, ...marks].flatMap((file) => [...file.uids]));
  const markBytes = bytesOf(marks);
  return { letters: uids.size, bytes: bytesOf(letters) + markBytes, markBytes };
}

interface PurgedFile {
  readonly uids: ReadonlySet<string>;
  readonly bytes: number;
}

async function purgeKind(
  place: LetterPlace,
  kind: LetterFileKind,
  chosen: ChosenLetters,
): Promise<PurgedFile[]> {
  const purge = new FilePurge(place, kind, chosen);
  const purged: PurgedFile[] = [];
  for (const file of await place.list(kind)) {
    if (await purge.concerns(file)) purged.push(await purge.run(file));
  }
  return purged;
}

function bytesOf(files: readonly PurgedFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

class FilePurge {
  readonly #place: LetterPlace;
  readonly #kind: LetterFileKind;
  readonly #chosen: ChosenLetters;

  constructor(place: LetterPlace, kind: LetterFileKind, chosen: ChosenLetters) {
    this.#place = place;
    this.#kind = kind;
    this.#chosen = chosen;
  }

  /** Whether something of it is to go, or an earlier purge stopped half-way. */
  async concerns(file: LetterFile): Promise<boolean> {
    if (file.isClaimed) return true;
    try {
      for await (const { goes } of this.#judge(file)) if (goes !== undefined) return true;
    } catch (reason) {
      if (!(reason instanceof FileGone)) throw reason;
    }
    return false;
  }

  async run(file: LetterFile): Promise<PurgedFile> {
    let claimed = await this.#place.claim(file);
    while (claimed !== undefined) {
      const purged = await this.#replace(claimed);
      if (purged !== "again") return purged ?? NOTHING;
      claimed = await this.#place.claim(claimed);
    }
    return NOTHING;
  }

  /** "again": it grew meanwhile, or what was kept of it was taken away. Undefined: another purge was faster. */
  async #replace(claimed: LetterFile): Promise<PurgedFile | "again" | undefined> {
    const rest = new Rest(this.#place, claimed);
    let uids: ReadonlySet<string>;
    let isWhole: boolean;
    try {
      uids = await this.#copyRest(claimed, rest);
      isWhole = await rest.finish();
    } catch (reason) {
      await rest.discard().catch(() => undefined);
      if (reason instanceof FileGone) return undefined;
      throw reason;
    }
    // A removal that fails may have been done: from here on, the rest is perhaps all there is.
    if (isWhole && (await this.#place.remove(claimed))) {
      return { uids, bytes: claimed.length - rest.bytes };
    }
    await rest.discard();
    return "again";
  }

  async #copyRest(claimed: LetterFile, rest: Rest): Promise<Set<string>> {
    const uids = new Set<string>();
    for await (const { line, goes } of this.#judge(claimed)) {
      if (goes === undefined) await rest.keep(line);
      else uids.add(goes);
    }
    return uids;
  }

  async *#judge(file: LetterFile): AsyncGenerator<Judged> {
    if (this.#kind === "letters") {
      for await (const read of lettersOf(this.#place, file)) {
        const kept = read.kind === "ok" ? read.content : undefined;
        yield { line: read.line, goes: this.#goes(kept?.deadLetter.uid, kept?.keptAtMs) };
      }
    } else {
      for await (const read of marksOf(this.#place, file)) {
        const mark = read.kind === "ok" ? read.content : undefined;
        yield { line: read.line, goes: this.#goes(mark?.uid, mark?.letterKeptAtMs) };
      }
    }
  }

  #goes(uid: string | undefined, keptAtMs: number | undefined): string | undefined {
    if (uid === undefined || keptAtMs === undefined) return undefined;
    return (this.#chosen.get(uid) ?? -Infinity) >= keptAtMs ? uid : undefined;
  }
}

/** What stays of a file, written to a new one that is created when there is something. */
class Rest {
  readonly #place: LetterPlace;
  readonly #source: LetterFile;
  #target: { file: AppendFile; discard(): Promise<void> } | undefined;
  #parts: Buffer[] = [];
  #partBytes = 0;
  bytes = 0;

  constructor(place: LetterPlace, source: LetterFile) {
    this.#place = place;
    this.#source = source;
  }

  async keep({ bytes }: Line): Promise<void> {
    if (bytes === undefined) {
      throw new Error(
        `${this.#source.name} holds a line that is too long to be kept; move it away`,
      );
    }
    this.#parts.push(bytes, NEWLINE);
    this.#partBytes += bytes.length + 1;
    if (this.#partBytes >= WRITE_BYTES) await this.#write();
  }

  /** False when somebody took the new file away while it was written. */
  async finish(): Promise<boolean> {
    if (this.#partBytes > 0) await this.#write();
    const isInPlace = (await this.#target?.file.isInPlace()) ?? true;
    await this.#target?.file.close();
    return isInPlace;
  }

  async discard(): Promise<void> {
    await this.#target?.file.close().catch(() => undefined);
    await this.#target?.discard();
  }

  async #write(): Promise<void> {
    this.#target ??= await this.#place.createInstead(this.#source);
    await this.#target.file.appendDurably(Buffer.concat(this.#parts));
    this.bytes += this.#partBytes;
    this.#parts = [];
    this.#partBytes = 0;
  }
}
