// SPDX-License-Identifier: Apache-2.0
/**
 * Tells the program's events to its log. One line a change of state, never one a record: what repeats (dead letters,
 * retries, warnings) is shown once and then as a count a minute, what lasts (a storage fault) once when it begins, once
 * when it changes and once when it ends. Every line has a stable `code` for alerts and runbooks.
 *
 * Nothing of an audit record is written; names of blobs and resources are made visible, and texts from elsewhere pass
 * the redaction once more, although they should hold no secret.
 */
import type { Logger } from "pino";
import { redactText, redactUrl } from "../config/redact.ts";
import type { ConnectorError } from "../errors.ts";
import type { BlobIdentity, Fate } from "../model.ts";
import type { Clock } from "../runtime/clock.ts";
import type { ConnectorEvents } from "./events.ts";
import { LineLimit, type Suppressed } from "./line-limit.ts";
import type { LogCode } from "./log-code.ts";
import { BLOB_CHANGES, coverage, NEARLY_FULL, ONE_REFUSED, REFUSED } from "./log-words.ts";
import { visibleText } from "./visible-text.ts";

type Level = "debug" | "info" | "warn" | "error";
type EventOf<Name extends keyof ConnectorEvents> = Parameters<ConnectorEvents[Name]>[0];
type Details = Readonly<Record<string, string | number | boolean | undefined>>;

/** Writes `ConnectorEvents` as log lines. Owns no timer: counts leave with the next event after their minute. */
export function createLogEvents(logger: Logger, clock: Clock): ConnectorEvents {
  return new LogEvents(logger, clock);
}

class LogEvents implements ConnectorEvents {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #limit = new LineLimit();
  /** What is failing now, by subject, with the words last shown for it. */
  readonly #failing = new Map<string, string>();
  readonly #totals = { delivered: 0, uncertain: 0, deadLettered: 0 };

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  started(event: Parameters<ConnectorEvents["started"]>[0]): void {
    const { isFresh, startHourMs, askedStartHourMs } = event;
    const text = `${isFresh ? "new checkpoint store" : "going on from the checkpoint store"}; ${coverage(startHourMs)}`;
    const destination = redactUrl(event.destination);
    this.#line("info", "STARTED", text, { isFresh, destination });
    // A relative start moves on with the clock, which is no change; asking for more than there is, is one.
    if (isFresh || askedStartHourMs >= startHourMs) return;
    const notice =
      "the start option asks for earlier hours, but acts on a new checkpoint store only";
    this.#line("warn", "START_IGNORED", notice, {});
  }

  stopped(event: { isDrained: boolean }): void {
    for (const suppressed of this.#limit.takeAll()) this.#count(suppressed);
    const details = { isDrained: event.isDrained, ...this.#totals };
    if (event.isDrained) {
      this.#line("info", "STOPPED", "stopped: everything in flight is settled and saved", details);
    } else {
      const text =
        "stopped before everything in flight was settled; it is sent again at next start";
      this.#line("warn", "STOPPED", text, details);
    }
  }

  resourceFound(event: { resource: string; isKnown: boolean }): void {
    const text = event.isKnown ? "resource is followed again" : "new resource found";
    const details = { resource: visibleText(event.resource) };
    this.#line(event.isKnown ? "debug" : "info", "RESOURCE_FOUND", text, details);
  }

  windowRead(): void {
    this.#reportDue();
  }

  batchSent(): void {
    this.#reportDue();
  }

  recordsSettled({ fate, records }: { fate: Fate; records: number }): void {
    this.#reportDue();
    this.#totals[fate] += records;
    if (fate !== "uncertain") return;
    const text = "the receiver rejected records of a batch without naming them; all are kept";
    this.#limited("RECORDS_UNCERTAIN", "", text, { records });
  }

  batchRefused({ reason, records, alone }: EventOf<"batchRefused">): void {
    const place = alone && { blob: visibleText(alone.blob.name), offset: alone.offset };
    const [subject, text] = alone === undefined ? ["", REFUSED] : ["single", ONE_REFUSED];
    this.#limited("BATCH_REFUSED", subject, text, { reason: clean(reason), records, ...place });
  }

  receiverWarned({ hasMessage }: { hasMessage: boolean }): void {
    if (!hasMessage) return;
    this.#limited("RECEIVER_WARNED", "", "the receiver accepted a batch with a warning", {});
  }

  deadLettered({ reason, uid, blob, offset }: EventOf<"deadLettered">): void {
    this.#recovered("dead letters", "DEAD_LETTERS_RECOVERED", "dead letters are written again");
    const details = { reason, uid, blob: visibleText(blob.name), offset };
    this.#limited("DEAD_LETTERED", reason, "a record was kept as a dead letter", details);
  }

  exportRetried(event: { reason: string; waitMs: number; attempt: number }): void {
    const details = { ...event, reason: clean(event.reason) };
    this.#limited("EXPORT_RETRIED", "", "sending failed and is tried again", details);
  }

  receiverFaulted(event: { reason: string; waitMs: number }): void {
    const reason = clean(event.reason);
    const text = "the receiver takes nothing of what it is sent; delivery holds and asks slowly";
    this.#failed("receiver", reason, "RECEIVER_FAULT", { text, reason, waitMs: event.waitMs });
  }

  receiverRecovered(): void {
    this.#failing.delete("receiver");
    this.#line("info", "RECEIVER_RECOVERED", "the receiver accepts records again", {});
  }

  blobChanged(event: {
    change: "deleted" | "replaced" | "shrunk" | "reopened";
    blob: BlobIdentity;
    settledBytes: number;
    lostBytes: number;
  }): void {
    const { settledBytes, lostBytes } = event;
    const details = { blob: visibleText(event.blob.name), settledBytes, lostBytes };
    const [code, text] = BLOB_CHANGES[event.change];
    const calm = event.change === "reopened" ? "info" : "warn";
    this.#line(lostBytes > 0 ? "error" : calm, code, text, details);
  }

  blobClosed(event: { blob: BlobIdentity; length: number }): void {
    const details = { blob: visibleText(event.blob.name), length: event.length };
    this.#line("debug", "BLOB_CLOSED", "blob is settled to its end and closed", details);
  }

  storageFailed(event: {
    resource: string | undefined;
    error: ConnectorError;
    waitMs: number;
  }): void {
    const resource = event.resource === undefined ? undefined : visibleText(event.resource);
    const text = resource === undefined ? "listing the container failed" : "reading failed";
    const details = { text, resource, ...cause(event.error), waitMs: event.waitMs };
    this.#failed(storageKey(event.resource), event.error.code, "STORAGE_FAILED", details);
  }

  storageRecovered(event: { resource: string | undefined }): void {
    const resource = event.resource === undefined ? undefined : visibleText(event.resource);
    const key = storageKey(event.resource);
    this.#recovered(key, "STORAGE_RECOVERED", "storage answers again", { resource });
  }

  clockSkewed({ skewMs, isSkewed }: { skewMs: number; isSkewed: boolean }): void {
    const skewSeconds = Math.round(skewMs / 1000);
    const text = `this machine's clock ${isSkewed ? "differs from" : "agrees again with"} the storage account's`;
    this.#line(isSkewed ? "warn" : "info", isSkewed ? "CLOCK_SKEWED" : "CLOCK_IN_STEP", text, {
      skewSeconds,
    });
  }

  accessExpires({ expiresAtMs }: { expiresAtMs: number }): void {
    const expiresAt = new Date(expiresAtMs).toISOString();
    this.#line("warn", "ACCESS_EXPIRES", "the SAS ends soon; issue a new one", { expiresAt });
  }

  checkpointSaved(): void {
    this.#recovered("checkpoint", "CHECKPOINT_RECOVERED", "checkpoints are saved again");
  }

  checkpointFailed(event: { error: ConnectorError; waitMs: number }): void {
    const text = "the checkpoint could not be saved; nothing is lost, a restart would repeat more";
    const details = { text, ...cause(event.error), waitMs: event.waitMs };
    this.#failed("checkpoint", event.error.code, "CHECKPOINT_FAILED", details);
  }

  checkpointConflicted(event: { resource: string }): void {
    const text = "another process saved this resource's checkpoint; it is loaded anew";
    const details = { resource: visibleText(event.resource) };
    this.#line("warn", "CHECKPOINT_CONFLICT", text, details);
  }

  deadLetterFailed(event: { error: ConnectorError; waitMs: number }): void {
    const text = "a dead letter could not be kept; delivery waits until it can";
    const details = { text, ...cause(event.error), waitMs: event.waitMs };
    this.#failed("dead letters", event.error.code, "DEAD_LETTERS_FAILED", details);
  }

  deadLettersNearlyFull(event: { usedBytes: number; maxTotalBytes: number }): void {
    this.#line("warn", "DEAD_LETTERS_NEARLY_FULL", NEARLY_FULL, event);
  }

  #line(level: Level, code: LogCode, text: string, details: Details): void {
    this.#reportDue();
    this.#logger[level]({ code, ...details }, text);
  }

  /** A line that may repeat: at most one a minute for each code and subject. */
  #limited(code: LogCode, subject: string, text: string, details: Details): void {
    this.#reportDue();
    const kind = subject === "" ? code : `${code} ${subject}`;
    if (this.#limit.admit(kind, this.#clock.monotonicNow()))
      this.#line("warn", code, text, details);
  }

  #reportDue(): void {
    for (const suppressed of this.#limit.takeDue(this.#clock.monotonicNow()))
      this.#count(suppressed);
  }

  #count({ kind, count }: Suppressed): void {
    const [code, ...subject] = kind.split(" ");
    const reason = subject.length === 0 ? undefined : subject.join(" ");
    this.#logger.warn({ code, reason, count }, `the same again, ${count} times`);
  }

  /** A fault that lasts: shown when it begins and when `words` change. */
  #failed(
    subject: string,
    words: string,
    code: LogCode,
    details: Details & { text: string },
  ): void {
    this.#reportDue();
    if (this.#failing.get(subject) === words) return;
    this.#failing.set(subject, words);
    const { text, ...rest } = details;
    this.#line("error", code, text, rest);
  }

  #recovered(subject: string, code: LogCode, text: string, details: Details = {}): void {
    this.#reportDue();
    if (this.#failing.delete(subject)) this.#line("info", code, text, details);
  }
}

function storageKey(resource: string | undefined): string {
  return `storage ${resource ?? ""}`;
}

function cause(error: ConnectorError): { readonly errorCode: string; readonly error: string } {
  return { errorCode: error.code, error: clean(error.message) };
}

function clean(text: string): string {
  return visibleText(redactText(text));
}
