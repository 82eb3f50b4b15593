// SPDX-License-Identifier: Apache-2.0
/**
 * Backups, restores and security domain transfers: acts that are accepted with 202 and then polled. Pure.
 *
 * A job is a small state machine. `started` when its 202 was logged; `polled` some times at intervals of seconds, each
 * poll an event of its own with 200; `finished` after its last poll, and then forgotten. The end of a job is no event:
 * the audit log shows only that nobody asks any more. Reader's trap: rates over these events count polls, not backups.
 * The names of the polls are guesses; the vendor documents their paths only.
 */
import type { Occurrence } from "./audited-action.ts";
import type { RandomSource } from "./random-source.ts";

/** What is polled after an accepted act. Security domain paths carry no job id. */
const POLLS: Readonly<Record<string, { operation: string; path: (jobId: string) => string }>> = {
  BackupCreate: { operation: "BackupStatusGet", path: (jobId) => `/backup/${jobId}/pending` },
  RestoreCreate: { operation: "RestoreStatusGet", path: (jobId) => `/restore/${jobId}/pending` },
  SelectiveRestoreCreate: {
    operation: "RestoreStatusGet",
    path: (jobId) => `/restore/${jobId}/pending`,
  },
  SecurityDomainDownload: {
    operation: "SecurityDomainDownloadPending",
    path: () => "/securitydomain/download/pending",
  },
  SecurityDomainUpload: {
    operation: "SecurityDomainUploadPending",
    path: () => "/securitydomain/upload/pending",
  },
};

const MIN_POLLS = 3;
const MAX_POLLS = 12;
const MIN_POLL_INTERVAL_MS = 2_000;
const MAX_POLL_INTERVAL_MS = 10_000;

interface Job {
  readonly poll: Occurrence;
  nextPollAtMs: number;
  pollsLeft: number;
}

export interface LongRunningJobs {
  /** Starts a job if this occurrence is an accepted long-running act; else does nothing. */
  observe(occurrence: Occurrence, timeMs: number): void;
  /** The poll of a job that is due at `timeMs`, or undefined. Call again for further ones. */
  takeDuePoll(timeMs: number): Occurrence | undefined;
}

export function createLongRunningJobs(random: RandomSource): LongRunningJobs {
  let jobs: Job[] = [];
  const interval = (): number =>
    MIN_POLL_INTERVAL_MS + random.below(MAX_POLL_INTERVAL_MS - MIN_POLL_INTERVAL_MS);
  return {
    observe(occurrence, timeMs) {
      const polled = POLLS[occurrence.operation];
      if (polled === undefined || occurrence.status !== 202) return;
      jobs.push({
        poll: {
          ...occurrence,
          operation: polled.operation,
          path: polled.path(random.hex(32)),
          status: 200,
        },
        nextPollAtMs: timeMs + interval(),
        pollsLeft: MIN_POLLS + random.below(MAX_POLLS - MIN_POLLS + 1),
      });
    },
    takeDuePoll(timeMs) {
      const job = jobs.find((candidate) => candidate.nextPollAtMs <= timeMs);
      if (job === undefined) return undefined;
      job.nextPollAtMs = timeMs + interval();
      job.pollsLeft -= 1;
      if (job.pollsLeft === 0) jobs = jobs.filter((other) => other !== job);
      // Each poll is a request of its own: its correlation id and duration are not those of the act.
      return { ...job.poll, correlationId: random.guid(), durationMs: 3 + random.below(12) };
    },
  };
}
