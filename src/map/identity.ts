// SPDX-License-Identifier: Apache-2.0
/**
 * The caller's claims (pure). `identity` comes as an object (Key Vault), as a JSON text of one
 * (Managed HSM), or as a plain name (other services), with the claims below `claim`, `claims` or at
 * its own top. A claim has up to four names: a short one (`oid`), the URL of the long one, and two
 * that an export made of the URL: mangled flat
 * (`http_schemas_microsoft_com_identity_claims_objectidentifier`) and mangled and cut at `/claims/`
 * (`http_schemas_microsoft_com_identity` → `claims` → `objectidentifier`; the only public Managed
 * HSM event has it so).
 *
 * Only claims that the mapping table names are taken: a token is full of personal data.
 */

/**
 * Claims by their own keys, or the caller's plain name; undefined where the identity has neither.
 */
export interface CallerIdentity {
  readonly claims: Readonly<Record<string, unknown>> | undefined;
  readonly plainName: string | undefined;
}

/** Where the export cut a long claim name into namespace and key. */
const CUT = "/claims/";

const NOBODY: CallerIdentity = { claims: undefined, plainName: undefined };

/** Reads `identity` in any of its forms. Total: a form it does not know gives nobody. */
export function callerIdentityOf(identity: unknown): CallerIdentity {
  if (typeof identity !== "string") return { claims: claimsOf(identity), plainName: undefined };
  const text = identity.replace(/^[\s\uFEFF]+/, "");
  if (!/^[{["]/.test(text)) return isName(text) ? { claims: undefined, plainName: text } : NOBODY;
  try {
    const value: unknown = JSON.parse(text);
    // Written as JSON twice, now and then.
    const inner: unknown = typeof value === "string" ? JSON.parse(value) : value;
    return { claims: claimsOf(inner), plainName: undefined };
  } catch {
    // Half a JSON text is nobody's name. The body keeps it.
    return NOBODY;
  }
}

const MAX_NAME_CHARS = 256;

/** What no name looks like: a token, a piece of JSON. */
function isName(text: string): boolean {
  return text.length <= MAX_NAME_CHARS && !/[{}]|^eyJ|^bearer\s/i.test(text);
}

/** Where a claim may stand: a key of its own, or `claims` below a mangled namespace. */
export interface ClaimSpelling {
  readonly namespace: string | undefined;
  readonly key: string;
}

/** All spellings of a claim, the one as given first: a short name has one, a URL up to three. */
export function claimSpellings(claim: string): ClaimSpelling[] {
  const spellings: ClaimSpelling[] = [{ namespace: undefined, key: claim }];
  if (!claim.includes("://")) return spellings;
  spellings.push({ namespace: undefined, key: mangled(claim) });
  const cut = claim.lastIndexOf(CUT);
  if (cut >= 0) {
    spellings.push({ namespace: mangled(claim.slice(0, cut)), key: claim.slice(cut + CUT.length) });
  }
  return spellings;
}

function mangled(url: string): string {
  return url.replaceAll(/:\/\/|[./]/g, "_");
}

function claimsOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (!isObject(value)) return undefined;
  // Key Vault says `claim`, the activity log `claims`, Azure Attestation puts its facts straight
  // into the object.
  if (isObject(value["claim"])) return value["claim"];
  return isObject(value["claims"]) ? value["claims"] : value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
