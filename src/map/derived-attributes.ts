// SPDX-License-Identifier: Apache-2.0
/**
 * The steps of the mapping that make several attributes of a field, or one of several: time,
 * caller's address, request URL. Each takes its fields once and writes what the
 * mapping table lists under its name.
 */
import type { HrTime } from "@opentelemetry/api";
import type { RecordOrigin } from "../model.ts";
import { parseClientAddress } from "./address.ts";
import type { AttributeSink } from "./attribute-sink.ts";
import { RECORD_ATTRIBUTES, sourcesOf } from "./attributes.ts";
import { COERCIONS, isBlank } from "./coercions.ts";
import type { EventFields } from "./event-fields.ts";
import { parseRequestUrl, redactText, type RequestUrl } from "./request-url.ts";
import { hrTimeOfMs, parseTimestamp } from "./timestamp.ts";

/** Slots of the fields that the steps take. */
export interface DerivedSlots {
  readonly time: readonly number[];
  readonly address: readonly number[];
  readonly url: readonly number[];
  readonly objectId: readonly number[];
  readonly notification: number;
}

/** Looks the slots up, once at start. */
export function derivedSlots(fields: EventFields): DerivedSlots {
  const slotsOf = (attribute: string): readonly number[] =>
    fields.slotsOf(sourcesOf(RECORD_ATTRIBUTES, attribute));
  return {
    time: slotsOf("azure.time.original"),
    address: slotsOf("client.address"),
    url: slotsOf("url.full"),
    objectId: fields.slotsOf(["properties.id"]),
    notification: fields.slotsOf(["properties.eventGridEventProperties"])[0] ?? 0,
  };
}

/**
 * The record's time. Without a readable one: the hour in the blob's path, else the blob's creation
 * time (never the clock: a repeat must be equal), and `azure.time.original` where there was
 * something to read.
 */
export function takeTime(
  fields: EventFields,
  slots: readonly number[],
  origin: RecordOrigin,
  sink: AttributeSink,
): HrTime {
  let time: HrTime | undefined;
  let original: string | undefined;
  for (const slot of slots) {
    const value = fields.raw(slot);
    if (value === undefined || isBlank(value)) continue;
    const parsed = typeof value === "string" ? parseTimestamp(value) : undefined;
    if (time === undefined && parsed !== undefined) {
      time = parsed;
    } else if (original === undefined && parsed === undefined && isShortScalar(value)) {
      original = String(value);
    } else {
      fields.leave(slot);
    }
  }
  if (original !== undefined) sink.put("azure.time.original", original);
  return time ?? hrTimeOfMs(origin.hourMs ?? origin.blob.createdAtMs);
}

/** `client.address`, and `client.port` where the address names one. */
export function putAddress(
  fields: EventFields,
  slots: readonly number[],
  sink: AttributeSink,
): void {
  const text = fields.take(slots, COERCIONS.text);
  if (text === undefined) return;
  const { address, port } = parseClientAddress(text);
  sink.put("client.address", address);
  if (port !== undefined) sink.put("client.port", port);
}

/**
 * The URL attributes; gives the URL for the object to be looked up in, undefined when there is
 * none.
 */
export function putUrl(
  fields: EventFields,
  slots: readonly number[],
  sink: AttributeSink,
): RequestUrl | undefined {
  const text = fields.take(slots, COERCIONS.text);
  if (text === undefined) return undefined;
  const url = parseRequestUrl(text);
  if (url === undefined) {
    sink.put("url.original", redactText(text));
    return undefined;
  }
  sink.put("url.full", url.full);
  if (url.path !== "") sink.put("url.path", url.path);
  if (url.query !== "") sink.put("url.query", url.query);
  sink.put("server.address", url.host);
  return url;
}

/** An unreadable time worth keeping beside the body: what was meant as a time is short. */
function isShortScalar(value: unknown): value is string | number | boolean {
  if (typeof value === "string") return value.length <= 256;
  return typeof value === "boolean" || Number.isFinite(value);
}
