// SPDX-License-Identifier: Apache-2.0
/**
 * The step of the mapping that finds the audited object: in `properties.id`, else in the request's
 * path, else in what an Event Grid notification is about (nobody called, so it has no request).
 */
import type { AttributeSink } from "./attribute-sink.ts";
import { COERCIONS, isBlank } from "./coercions.ts";
import type { DerivedSlots } from "./derived-attributes.ts";
import type { EventFields } from "./event-fields.ts";
import { objectOfId, objectOfRequest, type AuditedObjectType } from "./operation.ts";
import { parseRequestUrl, redactText, type RequestUrl } from "./request-url.ts";

/** What the request says that the object may be found in. */
export interface RequestFacts {
  readonly url: RequestUrl | undefined;
  readonly operation: string | undefined;
}

/** An object as far as it is known. */
interface ObjectFacts {
  readonly id?: string | undefined;
  readonly type?: AuditedObjectType | undefined;
  readonly name?: string | undefined;
  readonly version?: string | undefined;
}

type Data = Readonly<Record<string, unknown>>;

const TYPES: readonly AuditedObjectType[] = ["key", "secret", "certificate"];
/** Longer ones stay what they are: fields of the generic mapping. */
const MAX_CHARS = 1024;

/** Writes what is known of the object; the notification goes the generic way besides. */
export function putObject(
  fields: EventFields,
  slots: DerivedSlots,
  request: RequestFacts,
  sink: AttributeSink,
): void {
  const id = fields.take(slots.objectId, COERCIONS.text);
  const notification = fields.raw(slots.notification);
  let found = id === undefined ? requestedObject(request) : identifiedObject(id);
  if (notification !== undefined) {
    if (found?.name === undefined) {
      found = { ...notifiedObject(notification, request.operation), ...found };
    }
    fields.leave(slots.notification);
  }
  if (found === undefined) return;
  if (found.id !== undefined) sink.put("azure.keyvault.object.id", found.id);
  if (found.type !== undefined) sink.put("azure.keyvault.object.type", found.type);
  if (found.name !== undefined) sink.put("azure.keyvault.object.name", redactText(found.name));
  if (found.version !== undefined) sink.put("azure.keyvault.object.version", found.version);
}

function identifiedObject(id: string): ObjectFacts {
  const url = parseRequestUrl(id);
  if (url === undefined) return { id: redactText(id) };
  const found = objectOfId(url.path);
  if (found === undefined) return { id: url.full };
  return { id: url.full, type: found.type, name: found.name, version: found.version };
}

function requestedObject({ url, operation }: RequestFacts): ObjectFacts | undefined {
  if (url === undefined) return undefined;
  const found = objectOfRequest(url.path, operation);
  if (found === undefined) return undefined;
  const { path, type, name, version } = found;
  return { id: url.origin + path, type, name, version };
}

/**
 * The object in `eventGridEventProperties.data`. The documents of Event Grid print one of its keys
 * with a blank at the end.
 */
function notifiedObject(notification: unknown, operation: string | undefined): ObjectFacts {
  const data = isObject(notification) ? notification["data"] : undefined;
  if (!isObject(data)) return {};
  const id = textOf(data["Id"]);
  const identified: ObjectFacts = id === undefined ? {} : identifiedObject(id);
  const name = textOf(data["ObjectName"]) ?? textOf(data["ObjectName "]);
  return {
    ...identified,
    type: typeNamed(textOf(data["ObjectType"]) ?? operation) ?? identified.type,
    name: name ?? identified.name,
    version: textOf(data["Version"]) ?? identified.version,
  };
}

/** `Certificate`, or the operation that begins with it: `CertificateNearExpiryEventGridNotification`. */
function typeNamed(text: string | undefined): AuditedObjectType | undefined {
  const lower = text?.toLowerCase();
  return TYPES.find((type) => lower?.startsWith(type) === true);
}

function textOf(value: unknown): string | undefined {
  if (typeof value !== "string" || isBlank(value) || value.length > MAX_CHARS) return undefined;
  return value;
}

function isObject(value: unknown): value is Data {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
