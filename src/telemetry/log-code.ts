// SPDX-License-Identifier: Apache-2.0
/** The codes of the program's own log. One file, so that the runbook has one place to be checked against. */

/** Stable codes of the lines: interface, as error codes are. */
export type LogCode =
  | "STARTED"
  | "START_IGNORED"
  | "STOPPED"
  | "RESOURCE_FOUND"
  | "RECORDS_UNCERTAIN"
  | "RECEIVER_WARNED"
  | "BATCH_REFUSED"
  | "DEAD_LETTERED"
  | "EXPORT_RETRIED"
  | "RECEIVER_FAULT"
  | "RECEIVER_RECOVERED"
  | "BLOB_DELETED"
  | "BLOB_REPLACED"
  | "BLOB_SHRUNK"
  | "BLOB_REOPENED"
  | "BLOB_CLOSED"
  | "STORAGE_FAILED"
  | "STORAGE_RECOVERED"
  | "CLOCK_SKEWED"
  | "CLOCK_IN_STEP"
  | "ACCESS_EXPIRES"
  | "CHECKPOINT_FAILED"
  | "CHECKPOINT_RECOVERED"
  | "CHECKPOINT_CONFLICT"
  | "DEAD_LETTERS_FAILED"
  | "DEAD_LETTERS_NEARLY_FULL"
  | "DEAD_LETTERS_RECOVERED";
