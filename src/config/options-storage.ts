// SPDX-License-Identifier: Apache-2.0
/** Rows of the option table: where the audit blobs are, who we are there, and how they are looked for and read. */
import { option, optional } from "./option.ts";
import { accountUrl } from "./url-types.ts";
import { duration, count, oneOf, secretText, size, startPoint, text } from "./value-types.ts";

/** What the service takes for the name of a container. */
export const CONTAINER_NAME = /^(\$root|[a-z0-9](?:-?[a-z0-9]){2,62})$/;

/** Storage account, container and credential. */
export const STORAGE_OPTIONS = {
  accountUrl: optional(accountUrl(), {
    isUrl: true,
    doc: "URL of the storage account's blob service, such as https://contoso.blob.core.windows.net. A SAS in its query is accepted and treated as sasToken. Give this or connectionString.",
  }),
  connectionString: optional(secretText("a storage connection string"), {
    env: ["AZURE_STORAGE_CONNECTION_STRING"],
    isSecret: true,
    doc: "Connection string of the storage account, with account key or SAS. Give this or accountUrl.",
  }),
  accountKey: optional(secretText("an account key (base64)"), {
    isSecret: true,
    doc: "Account key for accountUrl. Prefer an identity: a key opens the whole account.",
  }),
  sasToken: optional(secretText("a SAS token (sv=…&sig=…)"), {
    isSecret: true,
    doc: "Shared access signature for accountUrl; needs read and list on the container.",
  }),
  credential: option(
    oneOf([
      "auto",
      "default",
      "managed-identity",
      "workload-identity",
      "service-principal",
      "azure-cli",
    ]),
    "auto",
    {
      doc: "Which identity to use with accountUrl. auto: the account key or SAS where one is given, else default. default: DefaultAzureCredential (environment, workload identity, managed identity, Azure CLI). service-principal and workload-identity read the standard AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH, AZURE_FEDERATED_TOKEN_FILE and AZURE_AUTHORITY_HOST. The identity needs the role Storage Blob Data Reader.",
    },
  ),
  managedIdentityClientId: optional(text("id", "the client id of a user-assigned identity"), {
    doc: "Client id of a user-assigned managed identity; left out, the system-assigned one is used.",
  }),
  accountName: optional(text("name", "a storage account name", /^[A-Za-z0-9-]{1,63}$/), {
    doc: "Account name that goes into record ids and checkpoint keys where accountUrl does not begin with it (custom domains, private links). Changing it later makes every record a new one.",
  }),
  container: option(text("name", "a container name", CONTAINER_NAME), "insights-logs-auditevent", {
    doc: "Container that Azure Monitor writes AuditEvent logs to.",
  }),
} as const;

/** What is read from when on, and how often is looked. */
export const READING_OPTIONS = {
  start: option(startPoint(), "24h", {
    doc: "Where delivery begins when a checkpoint store is first used: beginning, now (the current hour from its first byte), a duration back from now, or an ISO time. Whole hours; later changes have no effect on an existing store.",
  }),
  pollInterval: option(duration("1s", "10m"), "15s", {
    doc: "How often the blob of the current hour is looked at.",
  }),
  maxIdlePollInterval: option(duration("1s", "1h"), "60s", {
    doc: "Up to how long the looks at a resource spread out while it logs nothing.",
  }),
  listInterval: option(duration("10s", "1d"), "5m", {
    doc: "How often the other open blobs of a resource are listed for growth.",
  }),
  resourceInterval: option(duration("10s", "1d"), "10m", {
    doc: "How often the container is searched for new resources.",
  }),
  closeAfter: option(duration("1h", "30d"), "6h", {
    doc: "How long a blob of an older hour must be still before it counts as closed.",
  }),
  reopenWindow: option(duration("1h", "90d"), "7d", {
    doc: "How far back the daily sweep looks for closed blobs that grew after all.",
  }),
  tailGrace: option(duration("10s", "1d"), "5m", {
    doc: "How long a last line without newline must be still before it is taken, if it parses.",
  }),
  windowBytes: option(size("256KiB", "64MiB"), "4MiB", {
    doc: "Bytes asked for by one read.",
  }),
  budgetBytes: option(size("1MiB", "4GiB"), "16MiB", {
    doc: "Raw input that may be in memory at once. Reading pauses when it is used up.",
  }),
  maxRecordBytes: option(size("4KiB", "32MiB"), "1MiB", {
    doc: "A longer record becomes a dead letter.",
  }),
  maxConcurrentResources: option(count(1, 1024), "32", {
    doc: "How many resources are read at the same time.",
  }),
} as const;
