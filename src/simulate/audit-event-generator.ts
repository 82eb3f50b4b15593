// SPDX-License-Identifier: Apache-2.0
/**
 * Invents AuditEvents that look like life. Pure and deterministic: the lines of a resource depend on the seed, the
 * resource and the timestamps asked for, and on nothing else, whatever other resources do in between.
 *
 * It keeps the shapes, paths and status codes of the two services and the habits of their callers: few keys and
 * callers do most of the work, SDKs ask once without a token, throttling comes in bursts, jobs are polled. It does not
 * keep the sense of a key's life: a deleted key may be used again.
 */
import type { AuditedAction, Occurrence } from "./audited-action.ts";
import { createObjects, WHOLE_RESOURCE } from "./audited-objects.ts";
import type { AuditedObject, ObjectCollection } from "./audited-objects.ts";
import { createCallers, createPolicyScanner } from "./callers.ts";
import type { Caller } from "./callers.ts";
import { chooseFailure, THROTTLED } from "./failures.ts";
import { createLongRunningJobs } from "./long-running-jobs.ts";
import type { LongRunningJobs } from "./long-running-jobs.ts";
import { MANAGED_HSM_ACTIONS } from "./managed-hsm-actions.ts";
import { renderManagedHsmEvent } from "./managed-hsm-event.ts";
import { createRandomSource } from "./random-source.ts";
import type { RandomSource } from "./random-source.ts";
import { simulatedResources } from "./simulated-resource.ts";
import type { SimulatedResource } from "./simulated-resource.ts";
import { VAULT_ACTIONS } from "./vault-actions.ts";
import { renderVaultEvent } from "./vault-event.ts";
import { createWeightedChoice } from "./weighted-choice.ts";

export interface AuditEventGeneratorOptions {
  readonly seed: string;
  /** How many Managed HSMs. */
  readonly hsms: number;
  /** How many vaults. */
  readonly vaults: number;
}

export interface AuditEventGenerator {
  readonly resources: readonly SimulatedResource[];
  /** The next AuditEvent of a resource as one line without newline. `timeMs` should not run backwards much. */
  nextEvent(resource: SimulatedResource, timeMs: number): string;
}

const CALLERS = 240;
const OBJECTS: Readonly<Record<SimulatedResource["kind"], Record<ObjectCollection, number>>> = {
  "managed-hsm": { keys: 120, secrets: 0, certificates: 0 },
  vault: { keys: 50, secrets: 80, certificates: 30 },
};

/** Application ids of the policy scanner, by kind of resource. */
const SCANNER_ID: Readonly<Record<SimulatedResource["kind"], string>> = {
  "managed-hsm": "a1b76039-a76c-499f-a2dd-846b4cc32627",
  vault: "8cae6e77-e04e-42ce-b5cb-50d82bce26b1",
};

const chooseHsmAction = createWeightedChoice(MANAGED_HSM_ACTIONS);
const chooseVaultAction = createWeightedChoice(VAULT_ACTIONS);

const THROTTLE_CHANCE = 0.0004;
const LONGEST_THROTTLE_BURST = 25;
/** Share of the resource-wide reads that the policy scanner makes. */
const SCANNER_SHARE = 0.8;
const SLOW_CALL_CHANCE = 0.01;
/** Events of an HSM that carry 100 ns ticks instead of milliseconds; both are seen in the wild. */
const TICKS_SHARE = 0.25;
const REST_VERSIONS = ["7.4", "7.5", "7.6", "7.3"] as const;

/** What a resource remembers between its events. */
interface ResourceState {
  readonly random: RandomSource;
  readonly objects: Readonly<Record<ObjectCollection, readonly AuditedObject[]>>;
  readonly jobs: LongRunningJobs;
  readonly scanner: Caller;
  /** How many calls are still refused with 429, and whose. */
  throttled: { caller: Caller; callsLeft: number } | undefined;
}

/** See the file's header for the promise. */
export function createAuditEventGenerator(
  options: AuditEventGeneratorOptions,
): AuditEventGenerator {
  const resources = simulatedResources(options.hsms, options.vaults);
  const callers = createCallers(CALLERS, createRandomSource(`${options.seed}/callers`));
  const users = callers.filter((caller) => caller.kind === "user");
  const states = new Map(
    resources.map((resource) => [resource.resourceId, resourceState(resource, options.seed)]),
  );
  return {
    resources,
    nextEvent(resource, timeMs) {
      const state = states.get(resource.resourceId);
      if (state === undefined) throw new RangeError(`unknown resource ${resource.resourceId}`);
      const occurrence = state.jobs.takeDuePoll(timeMs) ?? happen(resource, state, callers, users);
      state.jobs.observe(occurrence, timeMs);
      return render(resource, occurrence, timeMs, state.random);
    },
  };
}

function resourceState(resource: SimulatedResource, seed: string): ResourceState {
  const random = createRandomSource(`${seed}${resource.resourceId}`);
  const counts = OBJECTS[resource.kind];
  return {
    random,
    objects: {
      keys: createObjects("keys", counts.keys, random),
      secrets: createObjects("secrets", counts.secrets, random),
      certificates: createObjects("certificates", counts.certificates, random),
    },
    jobs: createLongRunningJobs(random),
    scanner: createPolicyScanner(SCANNER_ID[resource.kind], random),
    throttled: undefined,
  };
}

function happen(
  resource: SimulatedResource,
  state: ResourceState,
  callers: readonly Caller[],
  users: readonly Caller[],
): Occurrence {
  const { random } = state;
  const action = (resource.kind === "vault" ? chooseVaultAction : chooseHsmAction)(random);
  const object =
    action.target === undefined ? undefined : random.pickPopular(state.objects[action.target]);
  const caller = chooseCaller(action, state, action.isManual ? users : callers);
  const failure =
    action.plane === "data" && caller !== undefined
      ? (throttle(state, caller) ?? chooseFailure(random, { resource, action, object, caller }))
      : undefined;
  return {
    operation: action.operation,
    plane: action.plane,
    status: failure?.status ?? action.status,
    description: failure?.description,
    path: action.path(object ?? WHOLE_RESOURCE),
    object,
    caller: failure === THROTTLED ? state.throttled?.caller : caller,
    // A call that never reached the external proxy has nothing to measure.
    durationMs: failure?.description === "" ? undefined : duration(action, random),
    correlationId: random.guid(),
  };
}

function chooseCaller(
  action: AuditedAction,
  state: ResourceState,
  candidates: readonly Caller[],
): Caller | undefined {
  if (action.plane === "service") return undefined;
  const isRead = action.operation === "VaultGet" || action.operation === "KeyList";
  if (isRead && state.random.chance(SCANNER_SHARE)) return state.scanner;
  return state.random.pickPopular(candidates);
}

/** Throttling hits one caller many times in a row. The last call of a burst ends it. */
function throttle(state: ResourceState, caller: Caller): typeof THROTTLED | undefined {
  const { random } = state;
  if (state.throttled === undefined || state.throttled.callsLeft === 0) {
    state.throttled = random.chance(THROTTLE_CHANCE)
      ? { caller, callsLeft: 3 + random.below(LONGEST_THROTTLE_BURST) }
      : undefined;
  }
  if (state.throttled === undefined) return undefined;
  state.throttled.callsLeft -= 1;
  return THROTTLED;
}

/** Around the typical duration, with a slow tail. */
function duration(action: AuditedAction, random: RandomSource): number {
  const spread = 0.6 + 0.9 * random.next();
  const tail = random.chance(SLOW_CALL_CHANCE) ? 5 + random.below(40) : 1;
  return Math.round(action.typicalMs * spread * tail);
}

function render(
  resource: SimulatedResource,
  occurrence: Occurrence,
  timeMs: number,
  random: RandomSource,
): string {
  const version = random.pick(REST_VERSIONS);
  const milliseconds = new Date(timeMs).toISOString();
  if (resource.kind === "managed-hsm" && !random.chance(TICKS_SHARE)) {
    return renderManagedHsmEvent(resource, occurrence, milliseconds, version);
  }
  const ticks = String(random.below(10_000)).padStart(4, "0");
  const time = `${milliseconds.slice(0, -1)}${ticks}Z`;
  const renderEvent = resource.kind === "vault" ? renderVaultEvent : renderManagedHsmEvent;
  return renderEvent(resource, occurrence, time, version);
}
