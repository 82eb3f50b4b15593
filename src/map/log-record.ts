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
import type { AuditEvent, BlobIdentity, PairedLogRecord, RecordOrigin } from "../model.ts";
import { AttributeSink } from "./attribute-sink.ts";
import { RECORD_ATTRIBUTES, RESOURCE_ATTRIBUTES, sourcesOf } from "./attributes.ts";
import { COERCIONS, type Coercion } from "./coercions.ts";
import {
  derivedSlots,
  putAddress,
  putObject,
  putUrl,
  takeTime,
  textOf,
} from "./derived-attributes.ts";
import { EventFields } from "./event-fields.ts";
import { MappedLogRecord } from "./mapped-log-record.ts";
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

export interface LogRecordMapperOptions {
  /** Version of this package. */
  readonly scopeVersion: string;
  /** `original`: the record's own text. `summary`: one readable line. */
  readonly bodyMode: "original" | "summary";
  readonly resourceDefaults: ResourceDefaults;
}

/** A mapped record. */
export interface Mapped {
  readonly logRecord: PairedLogRecord;
  /** `log.record.uid`, also among the attributes. */
  readonly uid: string;
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
}

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
    const sink = new AttributeSink();
    this.#fields.read(event);
    const resource = this.#resources.resourceOf(this.#factsOf(), origin.resource);
    const hrTime = takeTime(this.#fields, this.#slots.time, origin, sink);
    const severity = this.#putAttributes(sink);
    const { uidPrefix, filePath } = this.#blobFactsOf(origin.blob);
    const uid = recordUid(uidPrefix, offset);
    sink.put("log.file.path", filePath);
    sink.put("log.record.uid", uid);
    const body = this.#isOriginalBody ? text : summaryOf(sink.attributes, instanceOf(resource));
    const { observedAtMs } = origin;
    const logRecord = new MappedLogRecord({
      hrTime,
      hrTimeObserved: observedAtMs === undefined ? [0, 0] : hrTimeOfMs(observedAtMs),
      severity,
      body,
      resource,
      scope: this.#scope,
      attributePairs: sink.pairs,
      droppedAttributesCount: sink.droppedCount + this.#fields.cutCount,
    });
    return { logRecord, uid };
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
    const outcome = outcomeOf(sink);
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
      facts = { uidPrefix: recordIdPrefix(blob), filePath };
      known.set(blob, facts);
    }
    return facts;
  };
}

function instanceOf(resource: Resource): string {
  const instance = resource.attributes["service.instance.id"];
  return typeof instance === "string" ? instance : "";
}

function outcomeOf(sink: AttributeSink): OutcomeFields {
  const status = sink.get("http.response.status_code");
  return {
    level: textOf(sink.get("azure.level")),
    operationName: textOf(sink.get("azure.operation.name")),
    status: typeof status === "number" ? status : undefined,
    resultType: textOf(sink.get("azure.result.type")),
    resultSignature: textOf(sink.get("azure.result.signature")),
  };
}
