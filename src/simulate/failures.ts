// SPDX-License-Identifier: Apache-2.0
/**
 * How calls go wrong: refused by role, by firewall, nothing there, throttled, broken. Pure.
 * Texts are those of the API's errors; that the audit log repeats them is documented for the firewall's text only.
 */
import type { AuditedAction } from "./audited-action.ts";
import type { AuditedObject } from "./audited-objects.ts";
import type { Caller } from "./callers.ts";
import type { RandomSource } from "./random-source.ts";
import type { SimulatedResource } from "./simulated-resource.ts";
import { createWeightedChoice } from "./weighted-choice.ts";

export interface Failure {
  readonly status: number;
  readonly description: string;
}

/** The call that is about to fail. */
interface Call {
  readonly resource: SimulatedResource;
  readonly action: AuditedAction;
  readonly object: AuditedObject | undefined;
  readonly caller: Caller;
}

interface FailureRow {
  readonly weight: number;
  readonly status: number;
  describe(call: Call): string;
}

/** Share of calls that fail, without throttling bursts. */
const FAILURE_RATE = 0.012;

/** External key managers sit behind a network, so their proxy fails more often. */
const PROXY_FAILURE_RATE = 0.06;

/** How data actions name the type of a resource. */
const ACTION_TYPE: Readonly<Record<SimulatedResource["kind"], string>> = {
  "managed-hsm": "managedHsm",
  vault: "vaults",
};

const ROWS: readonly FailureRow[] = [
  {
    weight: 40,
    status: 403,
    describe: ({ resource, action, object, caller }) =>
      "Caller is not authorized to perform action on resource.\r\n" +
      `Caller: appid=${caller.applicationId};oid=${caller.objectId}\r\n` +
      `Action: 'Microsoft.KeyVault/${ACTION_TYPE[resource.kind]}/${object?.collection ?? "all"}/` +
      `${action.operation}/action'`,
  },
  {
    weight: 12,
    status: 403,
    describe: ({ caller }) =>
      "Client address is not authorized and caller is not a trusted service.\n" +
      `Client address: ${caller.ipAddress}`,
  },
  {
    weight: 40,
    status: 404,
    describe: ({ object }) =>
      object === undefined
        ? "The requested path was not found."
        : `A ${object.collection.slice(0, -1)} with (name/id) ${object.name} was not found in this resource.`,
  },
  { weight: 5, status: 503, describe: () => "Service is temporarily unavailable, please retry." },
  { weight: 2, status: 500, describe: () => "An internal error occurred." },
  { weight: 6, status: 409, describe: () => "The object is currently being deleted or recovered." },
];

/** The proxy's own codes, as the service passes them on; an empty text means that it was never reached. */
const PROXY_FAILURES: readonly Failure[] = [
  { status: 408, description: "408 RequestTimeout: the proxy did not answer within 250 ms" },
  { status: 429, description: "429 Throttled" },
  { status: 502, description: "502 BadGateway" },
  { status: 404, description: "404 KeyNotFound" },
  { status: 503, description: "" },
];

export const THROTTLED: Failure = {
  status: 429,
  description:
    "Request was not processed because too many requests were received. Reason: RateLimit",
};

const chooseRow = createWeightedChoice(ROWS);

/** A failure for this call, or undefined: it succeeds. */
export function chooseFailure(random: RandomSource, call: Call): Failure | undefined {
  if (call.action.operation === "EkmProxyOperation") {
    return random.chance(PROXY_FAILURE_RATE) ? random.pick(PROXY_FAILURES) : undefined;
  }
  if (!random.chance(FAILURE_RATE)) return undefined;
  const row = chooseRow(random);
  return {
    status: row.status,
    description: row.describe(call),
  };
}
