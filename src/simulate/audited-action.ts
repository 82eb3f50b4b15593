// SPDX-License-Identifier: Apache-2.0
/**
 * Two nouns that the tables of operations, the job state machine and the renderers share: an action (a row of a
 * table: what may happen) and an occurrence (what did happen, ready to be written as an event). Pure.
 */
import type { AuditedObject, ObjectCollection } from "./audited-objects.ts";
import type { Caller } from "./callers.ts";
import type { Weighted } from "./weighted-choice.ts";

/** Which door a call came through; it decides claims, URL and properties of a vault's event. */
export type Plane =
  | "data"
  /** Resource Manager: long claim names, another host. */
  | "arm"
  /** The unauthenticated first request of an SDK. */
  | "challenge"
  /** The service speaking by itself, without a caller. */
  | "service";

export interface AuditedAction extends Weighted {
  readonly operation: string;
  /** Status of success. */
  readonly status: number;
  /** What it acts on; undefined for acts on the whole resource. */
  readonly target: ObjectCollection | undefined;
  /** Path of the request, without the query. */
  path(object: AuditedObject): string;
  /** Median duration. */
  readonly typicalMs: number;
  readonly plane: Plane;
  /** True for acts that a person does, seldom a program. */
  readonly isManual: boolean;
}

/** An action that happened: everything that its event says, but for the resource. */
export interface Occurrence {
  readonly operation: string;
  readonly plane: Plane;
  readonly status: number;
  /** Undefined on success. */
  readonly description: string | undefined;
  readonly path: string;
  readonly object: AuditedObject | undefined;
  /** Undefined where nobody called, or where nobody was authenticated. */
  readonly caller: Caller | undefined;
  /** Undefined: the field is left out. */
  readonly durationMs: number | undefined;
  readonly correlationId: string;
}

/** `[operation, weight, status, target, path, typicalMs]`: a row as the tables spell it. */
export type ActionRow = readonly [
  operation: string,
  weight: number,
  status: number,
  target: ObjectCollection | undefined,
  path: (object: AuditedObject) => string,
  typicalMs: number,
];

/** Turns table rows into actions of one plane. */
export function actionsOf(
  rows: readonly ActionRow[],
  kind: { readonly plane: Plane; readonly isManual: boolean },
): AuditedAction[] {
  return rows.map(([operation, weight, status, target, path, typicalMs]) => ({
    operation,
    weight,
    status,
    target,
    path,
    typicalMs,
    ...kind,
  }));
}
