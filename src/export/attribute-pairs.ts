// SPDX-License-Identifier: Apache-2.0
/** The attributes of any log record as names and values in turn (pure): as they are, where the mapper made them so. */
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import type { PairedLogRecord } from "../model.ts";

/** Names at the even places, each with its value behind it. */
export function attributePairsOf(record: ReadableLogRecord | PairedLogRecord): readonly unknown[] {
  return "attributePairs" in record ? record.attributePairs : pairsOf(record.attributes);
}

/** The own fields of an object. */
export function pairsOf(fields: object): unknown[] {
  return Object.entries(fields).flat(1);
}
