// SPDX-License-Identifier: Apache-2.0
/**
 * The OTel Resource of a record: the HSM, vault or attestation provider that logged it. Taken from
 * the record where it says so, else from the folder of its blob. Kept tiny, because Loki copies it
 * to each line.
 *
 * Encoders group records by the identity of the Resource object, so equal facts always give the
 * same object while it is cached. The cache is bounded: a container may hold a thousand vaults, and
 * a record may claim anything.
 */
import { type Resource, resourceFromAttributes } from "@opentelemetry/resources";
import type { AuditedResource } from "../model.ts";

/** Version of the semantic conventions that names and meanings follow. */
export const SCHEMA_URL = "https://opentelemetry.io/schemas/1.44.0";

/** What the operator adds to each Resource. */
export interface ResourceDefaults {
  readonly serviceNamespace?: string | undefined;
  readonly deploymentEnvironmentName?: string | undefined;
}

/** What a record says about the resource that logged it; undefined where it does not. */
export interface ResourceFacts {
  readonly resourceId: string | undefined;
  readonly tenantId: string | undefined;
  readonly region: string | undefined;
  readonly resourceGroup: string | undefined;
  readonly provider: string | undefined;
  readonly name: string | undefined;
  readonly type: string | undefined;
}

export interface ResourceCache {
  /** The Resource of a record: the same object for the same facts. */
  resourceOf(facts: ResourceFacts, audited: AuditedResource): Resource;
}

interface CachedResource {
  readonly facts: ResourceFacts;
  readonly auditedId: string;
  readonly resource: Resource;
}

interface ArmId {
  readonly subscription: string | undefined;
  readonly resourceGroup: string | undefined;
  readonly provider: string | undefined;
  readonly type: string | undefined;
  readonly name: string | undefined;
}

/** Resource types in the case of their documentation; the paths of blobs shout. */
const KINDS = new Map([
  [
    "managedhsms",
    { type: "managedHSMs", service: "azure-managed-hsm", platform: "azure.managed_hsm" },
  ],
  ["vaults", { type: "vaults", service: "azure-key-vault", platform: "azure.key_vault" }],
  [
    "attestationproviders",
    {
      type: "attestationProviders",
      service: "azure-attestation",
      platform: "azure.attestation",
    },
  ],
]);
const PROVIDERS = new Map([
  ["microsoft.keyvault", "Microsoft.KeyVault"],
  ["microsoft.attestation", "Microsoft.Attestation"],
]);

const DEFAULT_MAX_ENTRIES = 4096;

/** A cache of Resources that holds at most `maxEntries`; the one kept longest goes first. */
export function createResourceCache(
  defaults: ResourceDefaults,
  maxEntries: number = DEFAULT_MAX_ENTRIES,
): ResourceCache {
  const cached = new Map<string, CachedResource>();
  let last: CachedResource | undefined;
  return {
    resourceOf: (facts, audited) => {
      // Records come by the thousand from one resource: comparing seven short texts is cheaper than
      // building a key.
      if (last !== undefined && isSame(last, facts, audited.resourceId)) return last.resource;
      const key = keyOf(facts, audited.resourceId);
      last = cached.get(key) ?? {
        facts,
        auditedId: audited.resourceId,
        resource: buildResource(facts, audited, defaults),
      };
      if (!cached.has(key)) evictOver(cached, maxEntries - 1);
      cached.set(key, last);
      return last.resource;
    },
  };
}

function isSame(entry: CachedResource, facts: ResourceFacts, auditedId: string): boolean {
  const known = entry.facts;
  return (
    known.resourceId === facts.resourceId &&
    known.tenantId === facts.tenantId &&
    known.region === facts.region &&
    known.resourceGroup === facts.resourceGroup &&
    known.provider === facts.provider &&
    known.name === facts.name &&
    known.type === facts.type &&
    entry.auditedId === auditedId
  );
}

/** JSON keeps "absent" and any text apart, whatever characters the texts hold. */
function keyOf(facts: ResourceFacts, auditedId: string): string {
  const { resourceId, tenantId, region, resourceGroup, provider, name, type } = facts;
  return JSON.stringify([
    resourceId,
    tenantId,
    region,
    resourceGroup,
    provider,
    name,
    type,
    auditedId,
  ]);
}

function evictOver(cached: Map<string, CachedResource>, limit: number): void {
  for (const oldest of cached.keys()) {
    if (cached.size <= limit) return;
    cached.delete(oldest);
  }
}

function buildResource(
  facts: ResourceFacts,
  audited: AuditedResource,
  defaults: ResourceDefaults,
): Resource {
  const resourceId = facts.resourceId ?? audited.resourceId;
  // A record's own id is not mixed with the folder's: half of the one and half of the other would
  // be a third resource.
  const arm = facts.resourceId === undefined ? armIdOf(audited) : parseArmId(facts.resourceId);
  const type = facts.type ?? arm.type;
  const kind = KINDS.get((arm.type ?? type ?? "").toLowerCase());
  const provider = facts.provider ?? arm.provider;
  const instance = arm.name ?? facts.name ?? audited.name;
  const candidates: Record<string, string | undefined> = {
    "cloud.provider": "azure",
    "cloud.platform": kind?.platform,
    "cloud.resource_id": resourceId,
    "cloud.account.id": arm.subscription?.toLowerCase(),
    "cloud.region": facts.region,
    "azure.resource_group.name": facts.resourceGroup ?? arm.resourceGroup,
    "azure.resource_provider.namespace":
      provider === undefined ? undefined : (PROVIDERS.get(provider.toLowerCase()) ?? provider),
    "azure.tenant.id": facts.tenantId,
    "azure.resource.name": facts.name ?? instance,
    "azure.resource.type": kind?.type ?? type,
    "service.name": kind?.service ?? "azure-resource",
    "service.instance.id": instance.toLowerCase(),
    "service.namespace": defaults.serviceNamespace,
    "deployment.environment.name": defaults.deploymentEnvironmentName,
  };
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(candidates)) {
    if (value !== undefined && value !== "") attributes[name] = value.toWellFormed();
  }
  return resourceFromAttributes(attributes, { schemaUrl: SCHEMA_URL });
}

function armIdOf(audited: AuditedResource): ArmId {
  const { subscriptionId, resourceGroup, provider, type, name } = audited;
  return { subscription: subscriptionId, resourceGroup, provider, type, name };
}

/** The parts of an ARM id in any case; each undefined where the text has none. */
function parseArmId(resourceId: string): ArmId {
  const segments = resourceId.split("/");
  const valueAfter = (name: string): string | undefined => {
    const at = segments.findIndex((segment) => segment.toLowerCase() === name);
    return at < 0 ? undefined : nonEmpty(segments[at + 1]);
  };
  const providers = segments.findIndex((segment) => segment.toLowerCase() === "providers");
  const at = providers < 0 ? segments.length : providers;
  return {
    subscription: valueAfter("subscriptions"),
    resourceGroup: valueAfter("resourcegroups"),
    provider: nonEmpty(segments[at + 1]),
    type: nonEmpty(segments[at + 2]),
    name: nonEmpty(segments[at + 3]),
  };
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
