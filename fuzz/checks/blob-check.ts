// SPDX-License-Identifier: Apache-2.0
/** Everything that is checked of one blob. */
import type { MappedRecord, RawRecord } from "../../src/model.ts";
import { isDeadLetter } from "../../src/understanding.ts";
import type { FuzzBlob } from "../blob-composer.ts";
import { BEGINNING, originOf } from "../data-path.ts";
import type { DataPath, Limits } from "../data-path.ts";
import { checkUnderstanding } from "./record-check.ts";
import type { Fate } from "./record-check.ts";
import { checkRequest } from "./request-check.ts";
import { demandSameRecords, splitAndCheck } from "./split-check.ts";
import { demand } from "./violation.ts";

export interface BlobFigures {
  readonly fates: readonly Fate[];
  readonly tiles: number;
}

/** Delivery's default, and sizes that make oversize records of ordinary ones. */
const RECORD_LIMITS = [1_048_576, 1_048_576, 1_048_576, 65_536, 4_096, 900];
/** One request of so many blobs is decoded again. */
const DECODED_EVERY = 16;
const INHERITED_NAMES = Reflect.ownKeys(Object.prototype).length;

/** Throws a Violation at the first broken promise, and whatever else the path throws. */
export function checkBlob(blob: FuzzBlob, path: DataPath, isThorough: boolean): BlobFigures {
  const { bytes, random } = blob;
  const maxRecordBytes = random.pick(RECORD_LIMITS);
  const limits: Limits = {
    maxRecordBytes,
    keptBytes: random.pick([0, 64, Math.min(4_096, maxRecordBytes)]),
  };
  const understood = new UnderstoodRecords(blob, path, isThorough);
  const onTile = (raw: RawRecord): void => {
    understood.see(raw);
  };
  const run = { blob: bytes, from: BEGINNING, limits, random };
  const first = splitAndCheck({ ...run, onTile });
  understood.checkRequest();
  demandSameRecords(first, splitAndCheck(run), 0, "in other windows");
  if (first.resumable.length > 0) {
    const from = random.pick(first.resumable);
    const rest = splitAndCheck({ ...run, from });
    demandSameRecords(first, rest, from.recordsBefore, `read again from ${from.offset}`);
  }
  const pollution = Reflect.ownKeys(Object.prototype).length - INHERITED_NAMES;
  demand(pollution === 0, () => "a record changed what every object inherits");
  return { fates: understood.fates, tiles: first.resumable.length };
}

class UnderstoodRecords {
  readonly fates: Fate[] = [];
  readonly #path: DataPath;
  readonly #origin: ReturnType<typeof originOf>;
  readonly #mapped: MappedRecord[] = [];
  /** Bodies by uid, where the request is going to be decoded. */
  readonly #bodies: Map<string, string> | undefined;

  constructor({ number }: FuzzBlob, path: DataPath, isThorough: boolean) {
    this.#path = path;
    this.#origin = originOf(number);
    this.#bodies = isThorough || number % DECODED_EVERY === 0 ? new Map() : undefined;
  }

  see(raw: RawRecord): void {
    const understanding = this.#path.understand(raw, this.#origin);
    const fate = checkUnderstanding(raw, understanding, this.#path.takeMapped());
    if (fate !== undefined) this.fates.push(fate);
    if (understanding === undefined || isDeadLetter(understanding)) return;
    this.#mapped.push(understanding);
    this.#bodies?.set(understanding.uid, raw.buffer.toString("utf8", raw.from, raw.to));
  }

  checkRequest(): void {
    checkRequest(this.#path.encoder, this.#mapped, this.#bodies);
  }
}
