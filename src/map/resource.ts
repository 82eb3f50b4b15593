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
import { armIdOf, parseArmId } from "./arm-id.ts";
import type { AttributeNames } from "./overrides.ts";

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

/** Whose operations a record tells of: `unknown` where neither record nor blob names a resource. */
export type ResourceOwner = "key-vault" | "other" | "unknown";

export interface DescribedResource {
  /** The same object for the same facts. */
  readonly resource: Resource;
  /** Name of the HSM or vault in lower case, whatever the operator made of the attribute. */
  readonly instance: string;
  readonly owner: ResourceOwner;
}

export interface ResourceCache {
  /** The Resource of a record: the same object for the same facts. */
  describe(facts: ResourceFacts, audited: AuditedResource): DescribedResource;
}

interface CachedResource {
  readonly facts: ResourceFacts;
  readonly auditedId: string;
  readonly described: DescribedResource;
}

const KEY_VAULT = "Microsoft.KeyVault";

/** Resource types in the case of their documentation; the paths of blobs shout. */
const KINDS = new Map(
  [
    ["managedHSMs", "azure-managed-hsm", "azure.managed_hsm", KEY_VAULT] as const,
    ["vaults", "azure-key-vault", "azure.key_vault", KEY_VAULT] as const,
    [
      "attestationProviders",
      "azure-attestation",
      "azure.attestation",
      "Microsoft.Attestation",
    ] as const,
  ].map(([type, service, platform, provider]) => [
    type.toLowerCase(),
    { type, service, platform, provider },
  ]),
);
const PROVIDERS = new Map(
  [KEY_VAULT, "Microsoft.Attestation"].map((name) => [name.toLowerCase(), name]),
);

const DEFAULT_MAX_ENTRIES = 4096;
const MAX_KEY_CHARS = 2048;

export interface ResourceCacheOptions {
  readonly defaults: ResourceDefaults;
  /** The operator's names; left out where they are those of the table. */
  readonly names?: AttributeNames | undefined;
  readonly maxEntries?: number;
}

/** A cache of Resources that holds at most `maxEntries`; the one kept longest goes first. */
export function createResourceCache({
  defaults,
  names,
  maxEntries = DEFAULT_MAX_ENTRIES,
}: ResourceCacheOptions): ResourceCache {
  const cached = new Map<string, CachedResource>();
  let last: CachedResource | undefined;
  return {
    describe: (facts, audited) => {
      // Records come by the thousand from one resource: comparing seven short texts is cheaper than
      // building a key.
      if (last !== undefined && isSame(last, facts, audited.resourceId)) {
        return last.described;
      }
      const key = keyOf(facts, audited.resourceId);
      last = cached.get(key) ?? {
        facts,
        auditedId: audited.resourceId,
        described: describeResource(facts, audited, { defaults, names }),
      };
      // A record may claim anything, of any length.
      if (key.length > MAX_KEY_CHARS) return last.described;
      if (!cached.has(key)) evictOver(cached, maxEntries - 1);
      cached.set(key, last);
      return last.described;
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

function describeResource(
  facts: ResourceFacts,
  audited: AuditedResource,
  { defaults, names }: ResourceCacheOptions,
): DescribedResource {
  // A record's own id is not mixed with the folder's: half of the one and half of the other would
  // be a third resource.
  const arm = facts.resourceId === undefined ? armIdOf(audited) : parseArmId(facts.resourceId);
  const provider = canonicalProvider(facts.provider ?? arm.provider);
  const type = facts.type ?? arm.type;
  const known = KINDS.get((arm.type ?? type ?? "").toLowerCase());
  // Other providers have vaults, too. An id is never wrong about its provider; a field may say anything.
  const owner = canonicalProvider(arm.provider ?? facts.provider);
  const kind = owner === undefined || owner === known?.provider ? known : undefined;
  const instance = (arm.name ?? facts.name ?? audited.name).toLowerCase();
  const candidates: Record<string, string | undefined> = {
    "cloud.provider": "azure",
    "cloud.platform": kind?.platform,
    "cloud.resource_id": facts.resourceId ?? audited.resourceId,
    "cloud.account.id": arm.subscription?.toLowerCase(),
    "cloud.region": facts.region,
    "azure.resource_group.name": facts.resourceGroup ?? arm.resourceGroup,
    "azure.resource_provider.namespace": provider,
    "azure.tenant.id": facts.tenantId,
    "azure.resource.name": facts.name ?? arm.name ?? audited.name,
    "azure.resource.type": kind?.type ?? type,
    "service.name": kind?.service ?? "azure-resource",
    "service.instance.id": instance,
    "service.namespace": defaults.serviceNamespace,
    "deployment.environment.name": defaults.deploymentEnvironmentName,
  };
  return {
    resource: buildResource(candidates, names),
    instance,
    owner: ownerOf(kind?.provider ?? owner, type),
  };
}

function buildResource(
  candidates: Readonly<Record<string, string | undefined>>,
  names: AttributeNames | undefined,
): Resource {
  const attributes: Record<string, string> = {};
  for (const [attribute, value] of Object.entries(candidates)) {
    const name = names === undefined ? attribute : names.nameOf(attribute);
    if (name !== undefined && value !== undefined && value !== "") {
      attributes[name] = value.toWellFormed();
    }
  }
  return resourceFromAttributes(attributes, { schemaUrl: SCHEMA_URL });
}

function canonicalProvider(provider: string | undefined): string | undefined {
  return provider === undefined ? undefined : (PROVIDERS.get(provider.toLowerCase()) ?? provider);
}

function ownerOf(provider: string | undefined, type: string | undefined): ResourceOwner {
  if (provider === KEY_VAULT) return "key-vault";
  return provider === undefined && type === undefined ? "unknown" : "other";
}
