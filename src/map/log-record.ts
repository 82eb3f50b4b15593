// SPDX-License-Identifier: Apache-2.0
/**
 * AuditEvent → OTel log record. Total and deterministic: every JSON object maps, of whatever
 * service and shape, and the same record at the same place gives an equal log record for ever, so
 * that a repeat can be recognised. It has no clock; the only time that is not in the record or its
 * blob is `origin.observedAtMs`.
 *
 * What goes where stands in the mapping table (attributes.ts). The body is the record's own text,
 * so whatever the mapping does not know, cuts or misreads is still delivered.
 */
import type { Resource } from "@opentelemetry/resources";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import type { AuditEvent, BlobIdentity, RecordOrigin } from "../model.ts";
import { AttributeSink } from "./attribute-sink.ts";
import { RECORD_ATTRIBUTES, RESOURCE_ATTRIBUTES, sourcesOf } from "./attributes.ts";
import { COERCIONS, type Coercion, type ScalarAttributes } from "./coercions.ts";
import {
  derivedSlots,
  putAddress,
  putObject,
  putUrl,
  takeTime,
  textOf,
} from "./derived-attributes.ts";
import { EventFields } from "./event-fields.ts";
import { recordIdPrefix, recordUid } from "./record-id.ts";
import {
  createResourceCache,
  SCHEMA_URL,
  type ResourceCache,
  type ResourceDefaults,
  type ResourceFacts,
} from "./resource.ts";
import { errorTypeOf, severityOf, type OutcomeFields, type Severity } from "./severity.ts";
import { summaryOf } from "./summary.ts";
import { hrTimeOfMs } from "./timestamp.ts";

/** Name of the instrumentation scope: this package. */
export const SCOPE_NAME = "hsm-audit-otel";
/** The one event name that the semantic conventions register for Azure resource logs. */
export const EVENT_NAME = "azure.resource.log";

export interface LogRecordMapperOptions {
  /** Version of this package. */
  readonly scopeVersion: string;
  /** `original`: the record's own text. `summary`: one readable line. */
  readonly bodyMode: "original" | "summary";
  readonly resourceDefaults: ResourceDefaults;
}

/** A mapped record. */
export interface Mapped {
  readonly logRecord: ReadableLogRecord;
  /** `log.record.uid`, also among the attributes. */
  readonly uid: string;
  /**
   * Upper estimate of the LogRecord in uncompressed OTLP protobuf, in bytes; Resource and scope are
   * not in it.
   */
  readonly approxBytes: number;
}

export interface LogRecordMapper {
  /**
   * Maps one event. `text` is its original JSON text, `offset` the byte at which that begins in the
   * blob. Never throws for a parsed JSON object.
   */
  toLogRecord(event: AuditEvent, text: string, offset: number, origin: RecordOrigin): Mapped;
}

interface SimpleRule {
  readonly attribute: string;
  readonly slots: readonly number[];
  readonly coerce: Coercion;
}

/** What all records of one blob share. */
interface BlobFacts {
  readonly uidPrefix: string;
  readonly filePath: string;
  /** Bytes that the path takes beyond its characters. */
  readonly extraBytes: number;
}

/**
 * Tags, both times, severity, event name, dropped count and the lengths around body and record, at
 * most.
 */
const RECORD_BYTES = 80;

/**
 * Makes the mapper of one connector. It caches per resource and per blob, and keeps nothing of a
 * record.
 */
export function createLogRecordMapper(options: LogRecordMapperOptions): LogRecordMapper {
  return new TableMapper(options);
}

class TableMapper implements LogRecordMapper {
  readonly #fields = new EventFields();
  readonly #rules = simpleRules(this.#fields);
  readonly #slots = derivedSlots(this.#fields);
  readonly #factsOf = resourceFactsReader(this.#fields);
  readonly #blobFactsOf = blobFactsReader();
  readonly #resources: ResourceCache;
  readonly #scope: ReadableLogRecord["instrumentationScope"];
  readonly #isOriginalBody: boolean;

  constructor(options: LogRecordMapperOptions) {
    this.#resources = createResourceCache(options.resourceDefaults);
    this.#scope = { name: SCOPE_NAME, version: options.scopeVersion, schemaUrl: SCHEMA_URL };
    this.#isOriginalBody = options.bodyMode === "original";
  }

  toLogRecord(event: AuditEvent, text: string, offset: number, origin: RecordOrigin): Mapped {
    const textBytes = Buffer.byteLength(text);
    // A text without escapes and without bytes beyond ASCII has no field that needs measuring.
    const sink = new AttributeSink(textBytes === text.length && !text.includes("\\u"));
    this.#fields.read(event);
    const resource = this.#resources.resourceOf(this.#factsOf(), origin.resource);
    const hrTime = takeTime(this.#fields, this.#slots.time, origin, sink);
    const severity = this.#putAttributes(sink);
    const { uidPrefix, filePath, extraBytes } = this.#blobFactsOf(origin.blob);
    const uid = recordUid(uidPrefix, offset);
    sink.put("log.file.path", filePath);
    sink.put("log.record.uid", uid);
    const body = this.#isOriginalBody ? text : summaryOf(sink.attributes, instanceOf(resource));
    const bodyBytes = this.#isOriginalBody ? textBytes : Buffer.byteLength(body);
    const { observedAtMs } = origin;
    const logRecord: ReadableLogRecord = {
      hrTime,
      hrTimeObserved: observedAtMs === undefined ? [0, 0] : hrTimeOfMs(observedAtMs),
      severityNumber: severity.number,
      severityText: severity.text,
      body,
      eventName: EVENT_NAME,
      resource,
      instrumentationScope: this.#scope,
      attributes: sink.attributes,
      droppedAttributesCount: sink.droppedCount + this.#fields.cutCount,
    };
    return { logRecord, uid, approxBytes: RECORD_BYTES + bodyBytes + sink.bytes + extraBytes };
  }

  /**
   * Writes what comes from the record's own fields; the left-over ones last, so that bounds never
   * cost a known one.
   */
  #putAttributes(sink: AttributeSink): Severity {
    const fields = this.#fields;
    for (const { attribute, slots, coerce } of this.#rules) {
      const value = fields.take(slots, coerce);
      if (value !== undefined) sink.put(attribute, value);
    }
    putAddress(fields, this.#slots.address, sink);
    const url = putUrl(fields, this.#slots.url, sink);
    putObject(fields, this.#slots.objectId, url, sink);
    const outcome = outcomeOf(sink.attributes);
    const errorType = errorTypeOf(outcome);
    if (errorType !== undefined) sink.put("error.type", errorType);
    for (let index = 0; index < fields.leftCount; index += 1) {
      sink.putOther(fields.leftNames[index] ?? "", fields.leftValues[index]);
    }
    return severityOf(outcome);
  }
}

/** The rows of the table that need no more than a coercion. */
function simpleRules(fields: EventFields): readonly SimpleRule[] {
  const coercions: Readonly<Record<string, Coercion | undefined>> = COERCIONS;
  return RECORD_ATTRIBUTES.flatMap(({ attribute, sources, how }) => {
    const coerce = Object.hasOwn(coercions, how) ? coercions[how] : undefined;
    return coerce === undefined ? [] : [{ attribute, slots: fields.slotsOf(sources), coerce }];
  });
}

function resourceFactsReader(fields: EventFields): () => ResourceFacts {
  const reader = (attribute: string): (() => string | undefined) => {
    const slots = fields.slotsOf(sourcesOf(RESOURCE_ATTRIBUTES, attribute));
    return () => fields.take(slots, COERCIONS.text);
  };
  const resourceId = reader("cloud.resource_id");
  const tenantId = reader("azure.tenant.id");
  const region = reader("cloud.region");
  const resourceGroup = reader("azure.resource_group.name");
  const provider = reader("azure.resource_provider.namespace");
  const name = reader("azure.resource.name");
  const type = reader("azure.resource.type");
  return () => ({
    resourceId: resourceId(),
    tenantId: tenantId(),
    region: region(),
    resourceGroup: resourceGroup(),
    provider: provider(),
    name: name(),
    type: type(),
  });
}

/**
 * Facts by identity object: one is made a read, not a record, and the garbage collector empties the
 * cache.
 */
function blobFactsReader(): (blob: BlobIdentity) => BlobFacts {
  const known = new WeakMap<BlobIdentity, BlobFacts>();
  return (blob) => {
    let facts = known.get(blob);
    if (facts === undefined) {
      const filePath = `${blob.container}/${blob.name}`;
      const extraBytes = Buffer.byteLength(filePath) - filePath.length;
      facts = { uidPrefix: recordIdPrefix(blob), filePath, extraBytes };
      known.set(blob, facts);
    }
    return facts;
  };
}

function instanceOf(resource: Resource): string {
  const instance = resource.attributes["service.instance.id"];
  return typeof instance === "string" ? instance : "";
}

function outcomeOf(attributes: ScalarAttributes): OutcomeFields {
  const status = attributes["http.response.status_code"];
  return {
    level: textOf(attributes["azure.level"]),
    operationName: textOf(attributes["azure.operation.name"]),
    status: typeof status === "number" ? status : undefined,
    resultType: textOf(attributes["azure.result.type"]),
    resultSignature: textOf(attributes["azure.result.signature"]),
  };
}
