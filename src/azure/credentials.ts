// SPDX-License-Identifier: Apache-2.0
/**
 * Opens the container with the way of access that was configured. The SDK and @azure/identity are loaded when they are
 * needed: identity alone is tens of megabytes, and a key or a SAS needs none of it. Nothing is asked of the service
 * here; a wrong key shows at the first call.
 *
 * Each kind of identity is a choice of its own and not only what the process environment suggests: on a node with
 * several identities the first that answers is often the wrong one. What AZURE_TENANT_ID, AZURE_CLIENT_ID,
 * AZURE_CLIENT_SECRET, AZURE_FEDERATED_TOKEN_FILE and AZURE_AUTHORITY_HOST mean is up to the SDK, as are proxies.
 */
import type { ContainerClient, StoragePipelineOptions } from "@azure/storage-blob";
import type { TokenCredential } from "@azure/identity";
import { unreachable } from "../errors.ts";
import { VERSION } from "../version.ts";
import { completeConnectionString } from "./account-name.ts";

/** A secret as this file needs it: something that says its text when asked. */
export interface Revealable {
  reveal(): string;
}

export type IdentityKind =
  "default" | "managed-identity" | "workload-identity" | "service-principal" | "azure-cli";

/** One way into the account. */
export type ContainerAccess =
  | { readonly kind: "connection-string"; readonly connectionString: Revealable }
  | { readonly kind: "account-key"; readonly accountUrl: string; readonly accountKey: Revealable }
  /** The token without its question mark. */
  | { readonly kind: "sas"; readonly accountUrl: string; readonly sasToken: Revealable }
  | ({ readonly kind: "identity"; readonly accountUrl: string } & IdentityChoice);

export interface IdentityChoice {
  readonly credential: IdentityKind;
  /** Undefined: the system-assigned identity. */
  readonly managedIdentityClientId: string | undefined;
}

export interface ContainerLocation {
  /** Lower-case account name; the account key's signature needs it where the URL does not begin with it. */
  readonly account: string;
  readonly container: string;
  readonly access: ContainerAccess;
}

/**
 * Retry, resume and counting are ours, in one place, so the SDK tries once. Connections are kept alive: a range is
 * asked for every few seconds.
 */
export const CLIENT_OPTIONS = {
  retryOptions: { maxTries: 1 },
  keepAliveOptions: { enable: true },
  userAgentOptions: { userAgentPrefix: `hsm-audit-otel/${VERSION}` },
} satisfies StoragePipelineOptions;

/** A client for the container. Rejects only when the SDK refuses the values themselves, such as a missing variable. */
export async function createContainerClientFrom(
  location: ContainerLocation,
): Promise<ContainerClient> {
  const sdk = await import("@azure/storage-blob");
  const { access, container } = location;
  switch (access.kind) {
    case "connection-string": {
      const text = completeConnectionString(access.connectionString.reveal());
      return new sdk.ContainerClient(text, container, CLIENT_OPTIONS);
    }
    case "account-key": {
      const key = access.accountKey.reveal();
      const credential = new sdk.StorageSharedKeyCredential(location.account, key);
      return new sdk.ContainerClient(urlOf(access, container), credential, CLIENT_OPTIONS);
    }
    case "sas": {
      const url = `${urlOf(access, container)}?${access.sasToken.reveal()}`;
      return new sdk.ContainerClient(url, new sdk.AnonymousCredential(), CLIENT_OPTIONS);
    }
    case "identity": {
      const credential = await createTokenCredential(access);
      return new sdk.ContainerClient(urlOf(access, container), credential, CLIENT_OPTIONS);
    }
    default:
      return unreachable(access);
  }
}

/** The credential of an identity. Nothing is asked of anybody before the first token is needed. */
export async function createTokenCredential(choice: IdentityChoice): Promise<TokenCredential> {
  const identity = await import("@azure/identity");
  const clientId = choice.managedIdentityClientId;
  switch (choice.credential) {
    case "default":
      return new identity.DefaultAzureCredential(
        clientId === undefined ? {} : { managedIdentityClientId: clientId },
      );
    case "managed-identity":
      return new identity.ManagedIdentityCredential(clientId === undefined ? {} : { clientId });
    case "workload-identity":
      return new identity.WorkloadIdentityCredential();
    case "service-principal":
      return new identity.EnvironmentCredential();
    case "azure-cli":
      return new identity.AzureCliCredential();
    default:
      return unreachable(choice.credential);
  }
}

function urlOf(access: { readonly accountUrl: string }, container: string): string {
  return `${access.accountUrl}/${container}`;
}
