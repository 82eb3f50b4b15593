// SPDX-License-Identifier: Apache-2.0
/**
 * The configuration as the program uses it: plain, read-only, complete, units in the names. Only the composition root
 * and the commands see it whole; a stage declares the few options that it needs. What each value means stands in the
 * option table (schema.ts).
 */
import type { Secret } from "./secret.ts";
import type { Start } from "./start.ts";

/** How to get at the storage account: exactly one way. */
export type StorageAccess =
  | { readonly kind: "connection-string"; readonly connectionString: Secret }
  | { readonly kind: "account-key"; readonly accountUrl: string; readonly accountKey: Secret }
  /** The token without its question mark. */
  | { readonly kind: "sas"; readonly accountUrl: string; readonly sasToken: Secret }
  | {
      readonly kind: "identity";
      readonly accountUrl: string;
      readonly credential: IdentityKind;
      readonly managedIdentityClientId: string | undefined;
    };

export type IdentityKind =
  "default" | "managed-identity" | "workload-identity" | "service-principal" | "azure-cli";

export interface StorageConfig {
  /** Lower-case account name, as it stands in record ids and checkpoint keys. */
  readonly account: string;
  readonly container: string;
  readonly access: StorageAccess;
}

/** Where dead letters are kept. */
export type DeadLetterPlace =
  | { readonly kind: "directory"; readonly path: string }
  | { readonly kind: "container"; readonly storage: StorageConfig };

/** Contents of the PEM files; undefined where none was named. */
export interface TlsConfig {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: Secret | undefined;
}

export interface ExportConfig {
  /** Where log records are posted to, whole; never with a user or password. May carry a query: mask it before showing. */
  readonly url: string;
  readonly protocol: "http/protobuf" | "http/json";
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, Secret>>;
  readonly compression: "gzip" | "none";
  readonly timeoutMs: number;
  readonly tls: TlsConfig;
  /** URL of the proxy that requests to `url` go through; undefined for a direct connection. NO_PROXY is settled. */
  readonly proxy: Secret | undefined;
}

export interface Config {
  /** Undefined where no account was named; never for a command that asked for storage. */
  readonly storage: StorageConfig | undefined;
  readonly start: Start;
  readonly pollIntervalMs: number;
  readonly maxIdlePollIntervalMs: number;
  readonly listIntervalMs: number;
  readonly resourceIntervalMs: number;
  readonly closeAfterMs: number;
  readonly reopenWindowMs: number;
  readonly tailGraceMs: number;
  readonly windowBytes: number;
  readonly budgetBytes: number;
  readonly maxRecordBytes: number;
  readonly maxConcurrentResources: number;
  readonly checkpoint: {
    readonly store: "sqlite";
    readonly path: string;
    readonly name: string;
    readonly intervalMs: number;
    readonly mustExist: boolean;
  };
  readonly deadLetter: { readonly place: DeadLetterPlace; readonly maxBytes: number };
  readonly batch: {
    readonly maxBytes: number;
    readonly maxRecords: number;
    readonly flushIntervalMs: number;
  };
  readonly maxInFlight: number;
  readonly maxInFlightPerResource: number;
  readonly body: "original" | "summary";
  readonly observedTimestamp: "read" | "omit";
  readonly severity: "outcome" | "security";
  /** The operator's changes of the mapping. */
  readonly mapping: {
    readonly rename: Readonly<Record<string, string>>;
    readonly drop: readonly string[];
    readonly add: Readonly<Record<string, string>>;
  };
  readonly shutdownGraceMs: number;
  readonly giveUpAfterMs: number;
  readonly export: ExportConfig;
  /** Copied to every audited resource. */
  readonly resourceDefaults: {
    readonly serviceNamespace: string | undefined;
    readonly deploymentEnvironmentName: string | undefined;
  };
  readonly log: {
    readonly level: "debug" | "info" | "warn" | "error";
    readonly format: "auto" | "json" | "text";
  };
}
