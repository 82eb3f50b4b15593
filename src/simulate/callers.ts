// SPDX-License-Identifier: Apache-2.0
/**
 * The cast: who calls the HSMs and vaults. Users, service principals and managed identities with the claims that each
 * carries, in the three spellings in which audit logs write them. Pure; every caller's JSON is rendered once, because
 * a caller makes thousands of events.
 *
 * People and addresses are invented; addresses come from the ranges reserved for documentation (RFC 5737, RFC 3849).
 */
import type { RandomSource } from "./random-source.ts";

export interface Caller {
  readonly kind: "user" | "app" | "managed-identity" | "service";
  readonly objectId: string;
  readonly applicationId: string;
  /** Users only; some tokens carry `unique_name` instead. */
  readonly upn: string | undefined;
  readonly ipAddress: string;
  /** JSON string literal of the user agent. */
  readonly clientInfoJson: string;
  /** JSON string literal that holds JSON, claims mangled and nested: as a Managed HSM writes it. */
  readonly hsmIdentityJson: string;
  /** JSON object with short claim names: the vault's data plane. */
  readonly dataPlaneIdentityJson: string;
  /** JSON object with URL claim names: the vault's ARM plane. */
  readonly armIdentityJson: string;
}

/** What a caller is before its JSON is rendered. */
interface Person {
  readonly kind: Caller["kind"];
  readonly objectId: string;
  readonly applicationId: string;
  readonly upn: string | undefined;
  readonly displayName: string;
  readonly ipAddress: string;
  readonly userAgent: string;
  readonly managedIdentityId: string | undefined;
}

const USER_NAMES = [
  ["zoe.mueller", "Zoë Müller"],
  ["lukasz.zoltowski", "Łukasz Żółtowski"],
  ["taro.yamada", "山田 太郎"],
  ["olga.ivanova", "Ольга Иванова"],
  ["soren.aas", "Søren Ås"],
  ["ines.goncalves", "Inês Gonçalves"],
  ["admin", "HSM Administrator"],
  ["siobhan.oneill", "Siobhán O'Neill"],
  ["minh.nguyen", "Nguyễn Văn Minh"],
  ["security.officer", "Security Officer 🔐"],
] as const;

const APP_NAMES = [
  ["payments-signer", "Payments Signer"],
  ["betaling-ørsted", "Ørsted Betaling"],
  ["tls-offload", "TLS Offload Keyless"],
  ["sql-tde", "SQL Transparent Data Encryption"],
  ["disk-encryption", "Disk Encryption Set"],
  ["code-signing", "Code Signing (build)"],
  ["kundendaten-schlüssel", "Kundendaten Schlüsseldienst"],
  ["token-vault", "Card Token Vault"],
] as const;

const USER_AGENTS = [
  "azsdk-python-core/1.30.2 Python/3.11.9 (Linux-6.6.35.1-2.cm2-x86_64-with-glibc2.35) azsdk-python-azure-keyvault-keys/4.9.0",
  "azsdk-net-Security.KeyVault.Keys/4.7.0 (.NET 8.0.8; Microsoft Windows 10.0.20348)",
  "azsdk-java-azure-security-keyvault-keys/4.8.5 (17.0.12; Linux; 6.8.0-1013-azure)",
  "azsdk-js-keyvault-keys/4.9.0 core-rest-pipeline/1.18.0 Node/22.11.0 OS/(x64-Linux-6.8.0-1017-azure)",
  "azsdk-go-azkeys/v1.3.1 (go1.23.4; linux)",
  "AZURECLI/2.67.0 (RPM) azsdk-python-core/1.31.0 Python/3.12.8 (Linux-6.6.47.1-1.azl3-x86_64)",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
  "ManagedHsm-PKCS11/1.4.2 (OpenSSL 3.0.13; Schlüssel-Agent für Zahlungen)",
  "Mozilla/5.0 (compatible; PowerShell Az.KeyVault 6.3.0; .NET 8.0.10; ja-JP 日本語)",
] as const;

/** Well-known public client ids: Azure CLI, Azure PowerShell, the portal. */
const PUBLIC_CLIENT_IDS = [
  "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
  "1950a258-227b-4e31-a9cf-717495945fc2",
  "c44b4083-3bb0-49c1-b47d-974e53cbdf3c",
] as const;

const ISSUER = "https://sts.windows.net/766eaf62-7b1f-4c0a-9e2d-3f1c5d8a9b10/";
const MANAGED_IDENTITIES =
  "/subscriptions/a1ba9aaa-3f5e-4d6c-8b7a-9c0d1e2f3a4b/resourcegroups/contosoresourcegroup" +
  "/providers/Microsoft.ManagedIdentity/userAssignedIdentities";

/** `count` callers: a quarter users, the rest service principals and managed identities. */
export function createCallers(count: number, random: RandomSource): Caller[] {
  return Array.from({ length: count }, (_, index) =>
    render(index % 4 === 0 ? user(index, random) : application(index, random)),
  );
}

/** The service's own scanner that looks at every resource for ever; rules usually exclude it by its application id. */
export function createPolicyScanner(applicationId: string, random: RandomSource): Caller {
  return render({
    kind: "service",
    objectId: random.guid(),
    applicationId,
    upn: undefined,
    displayName: "Azure Policy Insights",
    ipAddress: address(random),
    userAgent: "PolicyScan-GF",
    managedIdentityId: undefined,
  });
}

function user(index: number, random: RandomSource): Person {
  const [account, displayName] = random.pick(USER_NAMES);
  return {
    kind: "user",
    objectId: random.guid(),
    applicationId: random.pick(PUBLIC_CLIENT_IDS),
    // Old guest accounts look like this; a reader must not take the part before '#' for a domain.
    upn: index % 40 === 0 ? `live.com#${account}@outlook.com` : `${account}${index}@contoso.com`,
    displayName,
    ipAddress: address(random),
    userAgent: random.pick(USER_AGENTS),
    managedIdentityId: undefined,
  };
}

function application(index: number, random: RandomSource): Person {
  const [account, displayName] = random.pick(APP_NAMES);
  const isManaged = index % 3 === 0;
  return {
    kind: isManaged ? "managed-identity" : "app",
    objectId: random.guid(),
    applicationId: random.guid(),
    upn: undefined,
    displayName: `${displayName} ${index}`,
    ipAddress: address(random),
    userAgent: random.pick(USER_AGENTS),
    managedIdentityId: isManaged ? `${MANAGED_IDENTITIES}/${account}-${index}` : undefined,
  };
}

function address(random: RandomSource): string {
  const host = 1 + random.below(254);
  const kind = random.below(20);
  if (kind === 0) return `2001:db8:${random.hex(3)}::${host.toString(16)}`;
  if (kind < 8) return `10.${random.below(64)}.${random.below(256)}.${host}`;
  return `${random.pick(["203.0.113", "198.51.100", "192.0.2"])}.${host}`;
}

function render(person: Person): Caller {
  return {
    kind: person.kind,
    objectId: person.objectId,
    applicationId: person.applicationId,
    upn: person.upn,
    ipAddress: person.ipAddress,
    clientInfoJson: JSON.stringify(person.userAgent),
    hsmIdentityJson: JSON.stringify(JSON.stringify({ claim: hsmClaims(person) })),
    dataPlaneIdentityJson: JSON.stringify({ claim: dataPlaneClaims(person) }),
    armIdentityJson: JSON.stringify({ claim: armClaims(person) }),
  };
}

/** Key names as in the one published event: `://`, `.` and `/` of the claim's URL became `_`, and the rest nests. */
function hsmClaims(person: Person): object {
  const xmlsoapClaims =
    person.upn === undefined
      ? { name: person.displayName }
      : { upn: person.upn, name: person.displayName };
  return {
    appid: person.applicationId,
    http_schemas_microsoft_com_identity: { claims: { objectidentifier: person.objectId } },
    http_schemas_xmlsoap_org_ws_2005_05_identity: { claims: xmlsoapClaims },
  };
}

function dataPlaneClaims(person: Person): object {
  const isUser = person.kind === "user";
  return {
    oid: person.objectId,
    appid: person.applicationId,
    appidacr: isUser ? "0" : "2",
    idtyp: isUser ? "user" : "app",
    ...(isUser ? { upn: person.upn, name: person.displayName, amr: "pwd" } : {}),
    ...(isUser ? { scp: "user_impersonation" } : {}),
    ...(person.managedIdentityId === undefined ? {} : { xms_mirid: person.managedIdentityId }),
    ipaddr: person.ipAddress,
    iss: ISSUER,
    xms_az_nwperimid: [],
  };
}

function armClaims(person: Person): object {
  const upnClaim = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn";
  return {
    "http://schemas.microsoft.com/identity/claims/objectidentifier": person.objectId,
    ...(person.upn === undefined ? {} : { [upnClaim]: person.upn }),
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name": person.displayName,
    appid: person.applicationId,
    ipaddr: person.ipAddress,
  };
}
