// SPDX-License-Identifier: Apache-2.0
/** Lines as they stand in audit blobs, told apart by their numbers. */

/** Stands in every line and in nothing else: where it turns up, event content has leaked. */
export const EVENT_MARKER = "content-of-an-event";

/** A record of the size and shape of a Managed HSM's. */
export function auditLine(number: number, extra: Record<string, unknown> = {}): string {
  return `${JSON.stringify({
    time: new Date(Date.UTC(2026, 0, 15, 10, 0, 0) + number).toISOString(),
    operationName: "KeySign",
    category: "AuditEvent",
    resultType: "Success",
    httpStatusCode: 200,
    durationMs: number % 500,
    callerIpAddress: "203.0.113.7",
    requestUri: `https://hsm-one.managedhsm.azure.net/keys/${EVENT_MARKER}-${number}/sign`,
    ...extra,
  })}\n`;
}

/** Lines `from` to `to - 1`. */
export function auditLines(from: number, to: number): string {
  let text = "";
  for (let number = from; number < to; number++) text += auditLine(number);
  return text;
}

/** Where each complete line of a blob stands, without its newline. Blank lines are none. */
export function lineRanges(bytes: Buffer): { start: number; end: number }[] {
  const ranges: { start: number; end: number }[] = [];
  let start = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    if (end > start) ranges.push({ start, end });
    start = end + 1;
  }
  return ranges;
}
