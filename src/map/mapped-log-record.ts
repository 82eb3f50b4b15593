// SPDX-License-Identifier: Apache-2.0
/**
 * A log record as the SDK's interface has it, but with its attributes in pairs. The object of them is made when somebody
 * asks for it, which the per-record path never does.
 */
import type { Attributes, HrTime } from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import type { PairedLogRecord } from "../model.ts";
import { attributesOf } from "./attribute-sink.ts";
import type { Severity } from "./severity.ts";

/** Everything that a log record of ours says, but for its constant event name. */
export interface MappedFields {
  readonly hrTime: HrTime;
  readonly hrTimeObserved: HrTime;
  readonly severity: Severity;
  readonly body: string;
  readonly resource: Resource;
  readonly scope: ReadableLogRecord["instrumentationScope"];
  readonly attributePairs: PairedLogRecord["attributePairs"];
  readonly droppedAttributesCount: number;
}

/** The one event name that the semantic conventions register for Azure resource logs. */
export const EVENT_NAME = "azure.resource.log";

/** A class, because a getter in an object literal costs more than the object that it saves. */
export class MappedLogRecord implements PairedLogRecord {
  readonly hrTime: HrTime;
  readonly hrTimeObserved: HrTime;
  readonly severityNumber: Severity["number"];
  readonly severityText: string;
  readonly body: string;
  readonly eventName = EVENT_NAME;
  readonly resource: Resource;
  readonly instrumentationScope: ReadableLogRecord["instrumentationScope"];
  readonly attributePairs: PairedLogRecord["attributePairs"];
  readonly droppedAttributesCount: number;

  constructor(fields: MappedFields) {
    this.hrTime = fields.hrTime;
    this.hrTimeObserved = fields.hrTimeObserved;
    this.severityNumber = fields.severity.number;
    this.severityText = fields.severity.text;
    this.body = fields.body;
    this.resource = fields.resource;
    this.instrumentationScope = fields.scope;
    this.attributePairs = fields.attributePairs;
    this.droppedAttributesCount = fields.droppedAttributesCount;
  }

  get attributes(): Attributes {
    return attributesOf(this.attributePairs);
  }
}
