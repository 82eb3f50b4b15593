// SPDX-License-Identifier: Apache-2.0
/** The keys, secrets and certificates that the simulated callers use. Pure; paths are built once per object. */
import type { RandomSource } from "./random-source.ts";

export type ObjectCollection = "keys" | "secrets" | "certificates";

export interface AuditedObject {
  readonly collection: ObjectCollection;
  readonly name: string;
  /** `/keys/payments-signing-007/0f3c…`: the object at its version. */
  readonly versionPath: string;
  /** `/keys/payments-signing-007` */
  readonly path: string;
  /** `/deletedkeys/payments-signing-007` */
  readonly deletedPath: string;
}

/** Stands for the object in acts on the whole resource, which have a path of their own. */
export const WHOLE_RESOURCE: AuditedObject = {
  collection: "keys",
  name: "",
  versionPath: "",
  path: "",
  deletedPath: "",
};

const PURPOSES: Record<ObjectCollection, readonly string[]> = {
  keys: [
    "payments-signing",
    "tde-protector-prod",
    "disk-encryption-weu",
    "card-token-kek",
    "code-signing-ev",
    "tls-offload",
    "root-ca-2025",
    "customer-data-kek",
  ],
  secrets: ["db-connection", "api-token", "smtp-password", "webhook-hmac", "storage-sas"],
  certificates: ["www-contoso-com", "mtls-client", "ingress-wildcard", "saml-signing"],
};

/** `count` objects of a collection, with names that no two share and a random version each. */
export function createObjects(
  collection: ObjectCollection,
  count: number,
  random: RandomSource,
): AuditedObject[] {
  return Array.from({ length: count }, (_, index) => {
    const purposes = PURPOSES[collection];
    const purpose = purposes[index % purposes.length] ?? collection;
    const name = `${purpose}-${String(index).padStart(3, "0")}`;
    const path = `/${collection}/${name}`;
    return {
      collection,
      name,
      path,
      versionPath: `${path}/${random.hex(32)}`,
      deletedPath: `/deleted${collection}/${name}`,
    };
  });
}
