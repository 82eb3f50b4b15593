// SPDX-License-Identifier: Apache-2.0
/** The order of a request (pure): by resource, then by scope, told apart by identity, each as it first occurs. */
import type { EncodedRecord } from "../model.ts";

export type RecordGroups = ReadonlyMap<
  EncodedRecord["resource"],
  ReadonlyMap<EncodedRecord["scope"], readonly EncodedRecord[]>
>;

/** The records by resource and scope; they keep their order within both. */
export function groupRecords(records: readonly EncodedRecord[]): RecordGroups {
  const groups = new Map<EncodedRecord["resource"], Map<EncodedRecord["scope"], EncodedRecord[]>>();
  for (const record of records) {
    const scopes =
      groups.get(record.resource) ?? new Map<EncodedRecord["scope"], EncodedRecord[]>();
    if (scopes.size === 0) groups.set(record.resource, scopes);
    const own = scopes.get(record.scope);
    if (own === undefined) scopes.set(record.scope, [record]);
    else own.push(record);
  }
  return groups;
}
