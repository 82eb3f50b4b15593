// SPDX-License-Identifier: Apache-2.0
/**
 * The public library surface: run a connector from a program of your own, or use its mapping alone. Nothing inside
 * imports this file. What is not named here may change without notice.
 */
export { openConnector } from "./connector.ts";
export type { Connector, ConnectorSurroundings } from "./connector.ts";
export type { Config } from "./config/config.ts";
export { readConfig } from "./config/read-config.ts";
export { ConnectorError } from "./errors.ts";
export type { ErrorCode } from "./errors.ts";
export type { RunEnd, StopSignals } from "./lifecycle-parts.ts";
export { createLogRecordMapper } from "./map/log-record.ts";
export type { LogRecordMapper, Mapped } from "./map/log-record.ts";
export { recordIdPrefix, recordUid } from "./map/record-id.ts";
export type { BlobIdentity, RecordOrigin } from "./model.ts";
export { parseAuditEvent } from "./parse/audit-event.ts";
export type { ParseResult } from "./parse/audit-event.ts";
export { systemClock } from "./runtime/clock.ts";
export type { Clock } from "./runtime/clock.ts";
export type { ConnectorEvents } from "./telemetry/events.ts";
