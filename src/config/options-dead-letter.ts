// SPDX-License-Identifier: Apache-2.0
/** Rows of the option table: where originals are kept that could not be delivered. */
import { option, optional } from "./option.ts";
import { CONTAINER_NAME } from "./options-storage.ts";
import { accountUrl } from "./url-types.ts";
import { secretText, size, text } from "./value-types.ts";

/** The durable place of dead letters: a directory, or a container of its own. */
export const DEAD_LETTER_OPTIONS = {
  "deadLetter.path": optional(text("path", "a directory path"), {
    doc: "Directory for originals that could not be delivered. Left out: dead-letters beside the checkpoint file, or deadLetter.container where that is given.",
  }),
  "deadLetter.container": optional(text("name", "a container name", CONTAINER_NAME), {
    doc: "Blob container for originals that could not be delivered, instead of a directory. Never the container of the audit log. The identity needs the role Storage Blob Data Contributor on it; it is created when it is missing and that is allowed.",
  }),
  "deadLetter.accountUrl": optional(accountUrl(), {
    isUrl: true,
    doc: "URL of the blob service that deadLetter.container is in. Left out: the account of the audit log, by the same way in.",
  }),
  "deadLetter.connectionString": optional(secretText("a storage connection string"), {
    isSecret: true,
    doc: "Connection string of the account that deadLetter.container is in.",
  }),
  "deadLetter.accountKey": optional(secretText("an account key (base64)"), {
    isSecret: true,
    doc: "Account key for deadLetter.accountUrl.",
  }),
  "deadLetter.sasToken": optional(secretText("a SAS token (sv=…&sig=…)"), {
    isSecret: true,
    doc: "Shared access signature for deadLetter.accountUrl; needs read, add, create, write, delete and list on the container.",
  }),
  "deadLetter.maxBytes": option(size("1MiB", "1024GiB"), "1GiB", {
    doc: "Bytes that dead letters may take. At 80 % a warning is logged; at the limit nothing is dropped and delivery waits until letters are replayed and purged.",
  }),
} as const;
