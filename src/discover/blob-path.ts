// SPDX-License-Identifier: Apache-2.0
/**
 * The grammar of blob names (pure): `resourceId=/SUBSCRIPTIONS/…/{name}/y=2026/m=01/d=15/h=10/m=00/PT1H.json`.
 *
 * Segments are read by position, never by key: there are two `m=`. Case is kept as listed, because blob names are
 * case-sensitive, and matched without regard to it, because services spell `resourceId=` differently.
 * Source: learn.microsoft.com "Azure resource logs", "Send to Azure Storage" (read 2026-08).
 */
import type { AuditedResource } from "../model.ts";

const HOUR_MS = 3_600_000;

/** `PT1H*.json`: whether a blob of 50,000 appends rolls over to another name is documented nowhere. */
const HOUR_BLOB = /^(.*\/)y=(\d{4})\/m=(\d{2})\/d=(\d{2})\/h=(\d{2})\/m=\d{2}\/PT1H[^/]*\.json$/i;

/** Epoch ms of the hour in a blob's name; undefined when the name is not that of an hour blob. */
export function hourOfBlob(name: string): number | undefined {
  const match = HOUR_BLOB.exec(name);
  if (match === null) return undefined;
  const [, , year, month, day, hour] = match;
  const time = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour));
  return Number.isNaN(time) ? undefined : time;
}

/** The folder of the resource that an hour blob belongs to; undefined when the name is not that of an hour blob. */
export function resourcePrefixOf(name: string): string | undefined {
  return hourOfBlob(name) === undefined ? undefined : HOUR_BLOB.exec(name)?.[1];
}

/** The folder of one hour below a resource: the place from which a listing of that hour begins. */
export function hourFolder(resourcePrefix: string, hourMs: number): string {
  // An ISO time spells year, month, day and hour just as the path does, zero-padded and in UTC.
  const [year, month, day, hour] = new Date(hourMs).toISOString().split(/[-T:]/);
  return `${resourcePrefix}y=${year ?? ""}/m=${month ?? ""}/d=${day ?? ""}/h=${hour ?? ""}/`;
}

/** The name that the service gives to the blob of an hour. */
export function hourBlobName(resourcePrefix: string, hourMs: number): string {
  return `${hourFolder(resourcePrefix, hourMs)}m=00/PT1H.json`;
}

/** The whole hour that contains `timeMs`. */
export function wholeHour(timeMs: number): number {
  return Math.floor(timeMs / HOUR_MS) * HOUR_MS;
}

/** True for the top folder below which resources stand, however it is spelled. */
export function isResourceRoot(folder: string): boolean {
  return /^resourceid=\/$/i.test(folder);
}

/** True for a path relative to a resource that begins with the folder of a year. */
export function startsWithYear(path: string): boolean {
  return /^y=\d{4}\//i.test(path);
}

/** True for the folder of a year, the first one below a resource. */
export function isYearFolder(folder: string): boolean {
  return /\/y=\d{4}\/$/i.test(folder);
}

/**
 * Reads a resource's folder. Anything goes as long as it begins like a resource's: what is not an ARM id of the usual
 * form keeps its id and the last segment as its name.
 */
export function parseResource(prefix: string): AuditedResource {
  const resourceId = prefix.slice(prefix.indexOf("=") + 1).replace(/\/$/, "");
  const segments = resourceId.split("/").filter((segment) => segment !== "");
  // Names and values take turns, so a resource group may be called `providers`.
  const values = new Map<string, string | undefined>();
  let at = 0;
  for (; at < segments.length && segments[at]?.toLowerCase() !== "providers"; at += 2) {
    values.set(segments[at]?.toLowerCase() ?? "", segments[at + 1]);
  }
  return {
    prefix,
    resourceId,
    subscriptionId: values.get("subscriptions"),
    resourceGroup: values.get("resourcegroups"),
    provider: segments[at + 1],
    type: segments[at + 2],
    name: segments.at(-1) ?? prefix,
  };
}
