// SPDX-License-Identifier: Apache-2.0
/**
 * The rows of the mapping table that need no more than a coercion: takes their fields and writes
 * their attributes, in the order of the table.
 */
import type { AttributeSink } from "./attribute-sink.ts";
import { RECORD_ATTRIBUTES } from "./attributes.ts";
import { COERCIONS, type AttributeScalar, type Coercion } from "./coercions.ts";
import type { EventFields } from "./event-fields.ts";
import type { OutcomeFields } from "./outcome.ts";

interface SimpleRule {
  readonly attribute: string;
  readonly slots: readonly number[];
  readonly coerce: Coercion;
  /** Where the value is one that says how the event went. */
  readonly outcomeField: keyof OutcomeFields | undefined;
}

const OUTCOME_FIELDS: ReadonlyMap<string, keyof OutcomeFields> = new Map([
  ["azure.level", "level"],
  ["azure.operation.name", "operationName"],
  ["http.response.status_code", "status"],
  ["azure.result.type", "resultType"],
  ["azure.result.signature", "resultSignature"],
]);

export class SimpleRules {
  readonly #fields: EventFields;
  readonly #rules: readonly SimpleRule[];

  constructor(fields: EventFields) {
    this.#fields = fields;
    this.#rules = simpleRules(fields);
  }

  /** Writes what the record's fields give; gives back what they say about how the event went. */
  put(sink: AttributeSink): OutcomeFields {
    const outcome = new TakenOutcome();
    for (const { attribute, slots, coerce, outcomeField } of this.#rules) {
      const value = this.#fields.take(slots, coerce);
      if (value === undefined) continue;
      sink.put(attribute, value);
      if (outcomeField !== undefined) outcome.set(outcomeField, value);
    }
    return outcome;
  }
}

class TakenOutcome implements OutcomeFields {
  level: string | undefined = undefined;
  operationName: string | undefined = undefined;
  status: number | undefined = undefined;
  resultType: string | undefined = undefined;
  resultSignature: string | undefined = undefined;

  set(field: keyof OutcomeFields, value: AttributeScalar): void {
    if (field !== "status") this[field] = String(value);
    else if (typeof value === "number") this.status = value;
  }
}

function simpleRules(fields: EventFields): readonly SimpleRule[] {
  const coercions: Readonly<Record<string, Coercion | undefined>> = COERCIONS;
  return RECORD_ATTRIBUTES.flatMap(({ attribute, sources, how }) => {
    const coerce = Object.hasOwn(coercions, how) ? coercions[how] : undefined;
    if (coerce === undefined) return [];
    const outcomeField = OUTCOME_FIELDS.get(attribute);
    return [{ attribute, slots: fields.slotsOf(sources), coerce, outcomeField }];
  });
}
