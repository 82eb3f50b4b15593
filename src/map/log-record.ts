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
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import type { AuditEvent, BlobIdentity, PairedLogRecord, RecordOrigin } from "../model.ts";
import { AttributeSink } from "./attribute-sink.ts";
import { RESOURCE_ATTRIBUTES, sourcesOf } from "./attributes.ts";
import { classify } from "./classification.ts";
import { COERCIONS } from "./coercions.ts";
import { derivedSlots, putAddress, putUrl, takeTime } from "./derived-attributes.ts";
import { EventFields } from "./event-fields.ts";
import { MappedLogRecord } from "./mapped-log-record.ts";
import { putObject } from "./object-attributes.ts";
import { kindOfDocumentedName } from "./operation-names.ts";
import { errorTypeOf, outcomeOf, type Outcome, type OutcomeFields } from "./outcome.ts";
import { attributeNames, type AttributeNames, type MappingOverrides } from "./overrides.ts";
import { recordIdPrefix, recordUid } from "./record-id.ts";
import {
  createResourceCache,
  SCHEMA_URL,
  type ResourceCache,
  type ResourceDefaults,
  type ResourceFacts,
  type ResourceOwner,
} from "./resource.ts";
import { atLeastWarning, severityOf, type Severity, type SeverityMode } from "./severity.ts";
import { SimpleRules } from "./simple-rules.ts";
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
  /** Default `outcome`. */
  readonly severityMode?: SeverityMode;
  /** Changes of the operator's own; none by default. */
  readonly overrides?: MappingOverrides;
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

/** What all records of one blob share. */
interface BlobFacts {
  readonly uidPrefix: string;
  readonly filePath: string;
}

/**
 * Makes the mapper of one connector. It caches per resource and per blob, and keeps nothing of a
 * record but its caller's identity. Throws CONFIG_INVALID, with all of them, for overrides that would give a record
 * the same name twice.
 */
export function createLogRecordMapper(options: LogRecordMapperOptions): LogRecordMapper {
  return new TableMapper(options);
}

class TableMapper implements LogRecordMapper {
  readonly #fields = new EventFields();
  readonly #rules = new SimpleRules(this.#fields);
  readonly #slots = derivedSlots(this.#fields);
  readonly #factsOf = resourceFactsReader(this.#fields);
  readonly #blobFactsOf = blobFactsReader();
  readonly #names: AttributeNames | undefined;
  readonly #resources: ResourceCache;
  readonly #scope: ReadableLogRecord["instrumentationScope"];
  readonly #isOriginalBody: boolean;
  readonly #raisesSensitive: boolean;

  constructor(options: LogRecordMapperOptions) {
    this.#names = attributeNames(options.overrides);
    this.#resources = createResourceCache({
      defaults: options.resourceDefaults,
      names: this.#names,
    });
    this.#scope = { name: SCOPE_NAME, version: options.scopeVersion, schemaUrl: SCHEMA_URL };
    this.#isOriginalBody = options.bodyMode === "original";
    this.#raisesSensitive = options.severityMode === "security";
  }

  toLogRecord(event: AuditEvent, text: string, offset: number, origin: RecordOrigin): Mapped {
    const sink = new AttributeSink(this.#names);
    this.#fields.read(event);
    const { resource, instance, owner } = this.#resources.describe(
      this.#factsOf(),
      origin.resource,
    );
    const hrTime = takeTime(this.#fields, this.#slots.time, origin, sink);
    const severity = this.#putAttributes(sink, owner);
    const { uidPrefix, filePath } = this.#blobFactsOf(origin.blob);
    const uid = recordUid(uidPrefix, offset);
    sink.put("log.file.path", filePath);
    sink.put("log.record.uid", uid);
    const body = this.#isOriginalBody ? text : summaryOf(sink, this.#instanceWord(instance));
    sink.putAdded();
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

  /** The name of what logged a record, unless the operator drops it. */
  #instanceWord(instance: string): string {
    const isDropped = this.#names?.nameOf("service.instance.id") === undefined;
    return this.#names !== undefined && isDropped ? "" : instance;
  }

  /**
   * Writes what comes from the record's own fields; the left-over ones last, so that bounds never
   * cost a known one.
   */
  #putAttributes(sink: AttributeSink, owner: ResourceOwner): Severity {
    const fields = this.#fields;
    const facts = this.#rules.put(sink);
    putAddress(fields, this.#slots.address, sink);
    const url = putUrl(fields, this.#slots.url, sink);
    putObject(fields, this.#slots, { url, operation: facts.operationName }, sink);
    const outcome = outcomeOf(facts);
    const errorType = errorTypeOf(facts, outcome);
    if (errorType !== undefined) sink.put("error.type", errorType);
    const severity = severityOf(facts, outcome);
    const isSensitive =
      isKeyVaultEvent(owner, facts.operationName) &&
      putOperation(facts, { path: url?.path, outcome }, sink);
    for (let index = 0; index < fields.leftCount; index += 1) {
      sink.putOther(fields.leftNames[index] ?? "", fields.leftValues[index]);
    }
    const isDone = outcome === "success" || outcome === "accepted";
    return this.#raisesSensitive && isSensitive && isDone ? atLeastWarning(severity) : severity;
  }
}

/** Other services' operations have names of their own, which may sound like ours. */
function isKeyVaultEvent(owner: ResourceOwner, operation: string | undefined): boolean {
  if (owner !== "unknown") return owner === "key-vault";
  return operation !== undefined && kindOfDocumentedName(operation) !== undefined;
}

/** Writes what the operation is and how it ended; true for one that an auditor wants to see. */
function putOperation(
  facts: OutcomeFields,
  { path, outcome }: { readonly path: string | undefined; readonly outcome: Outcome | undefined },
  sink: AttributeSink,
): boolean {
  const { family, action, isSensitive } = classify(facts.operationName, path, facts.status);
  sink.put("azure.keyvault.operation.family", family);
  if (action !== undefined) sink.put("azure.keyvault.operation.action", action);
  if (outcome !== undefined) sink.put("azure.keyvault.outcome", outcome);
  return isSensitive;
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
