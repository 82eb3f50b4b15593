// SPDX-License-Identifier: Apache-2.0
/** What leaves the program: a request that other code than wrote it reads, with every record once and every body whole. */
import type { OtlpEncoder } from "../../src/export/otlp-encoder.ts";
import { decodeLogsRequest } from "../../src/export/otlp-decoder.ts";
import type { DecodedLogRecord } from "../../src/export/decoded-logs.ts";
import type { MappedRecord } from "../../src/model.ts";
import { demand } from "./violation.ts";

/** Joins the records of a blob, and reads them back when `bodies` (by uid) are there to compare. */
export function checkRequest(
  encoder: OtlpEncoder,
  records: readonly MappedRecord[],
  bodies: ReadonlyMap<string, string> | undefined,
): void {
  const request = encoder.join(records.map(({ logRecord }) => logRecord));
  if (bodies === undefined) return;
  const decoded = decodeLogsRequest(request, encoder.contentType);
  demand(decoded.kind === "ok", () => `the request cannot be read: ${problemOf(decoded)}`);
  const found = decoded.request.resourceLogs
    .flatMap(({ scopeLogs }) => scopeLogs)
    .flatMap(({ logRecords }) => logRecords);
  demand(found.length === records.length, () => `${found.length} of ${records.length} arrive`);
  const arrived = new Set(found.map((record) => checkArrived(record, bodies)));
  demand(arrived.size === bodies.size, () => `${arrived.size} uids for ${bodies.size} records`);
}

function checkArrived(record: DecodedLogRecord, bodies: ReadonlyMap<string, string>): string {
  const uid = record.attributes["log.record.uid"];
  demand(typeof uid === "string", () => "a record arrives without uid");
  demand(record.body === bodies.get(uid), () => `the body of ${uid} does not arrive as it was`);
  const names = Object.keys(record.attributes);
  demand(!names.includes(""), () => `an attribute of ${uid} has no name`);
  return uid;
}

function problemOf(decoded: ReturnType<typeof decodeLogsRequest>): string {
  return decoded.kind === "ok" ? "" : decoded.problem;
}
