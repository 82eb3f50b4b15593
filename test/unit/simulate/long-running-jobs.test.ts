// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";

import type { Occurrence } from "../../../src/simulate/audited-action.ts";
import { createLongRunningJobs } from "../../../src/simulate/long-running-jobs.ts";
import { createRandomSource } from "../../../src/simulate/random-source.ts";

const BACKUP: Occurrence = {
  operation: "BackupCreate",
  plane: "data",
  status: 202,
  description: undefined,
  path: "/backup",
  object: undefined,
  caller: undefined,
  durationMs: 480,
  correlationId: "c0",
};

function pollsOf(started: Occurrence, untilMs = 600_000): { atMs: number; poll: Occurrence }[] {
  const jobs = createLongRunningJobs(createRandomSource("jobs"));
  jobs.observe(started, 0);
  const polls: { atMs: number; poll: Occurrence }[] = [];
  for (let atMs = 0; atMs < untilMs; atMs += 100) {
    const poll = jobs.takeDuePoll(atMs);
    if (poll !== undefined) polls.push({ atMs, poll });
  }
  return polls;
}

describe("long-running jobs", () => {
  it("poll an accepted backup some times at its job's path, seconds apart, and then no more", () => {
    const polls = pollsOf(BACKUP);
    expect(polls.length).toBeGreaterThanOrEqual(3);
    expect(polls.length).toBeLessThanOrEqual(12);
    const paths = new Set(polls.map(({ poll }) => poll.path));
    expect(paths.size).toBe(1);
    expect([...paths][0]).toMatch(/^\/backup\/[0-9a-f]{32}\/pending$/);
    let beforeMs = 0;
    for (const { atMs, poll } of polls) {
      expect(atMs - beforeMs).toBeGreaterThanOrEqual(2_000);
      expect(atMs - beforeMs).toBeLessThanOrEqual(10_100);
      beforeMs = atMs;
      expect(poll.status).toBe(200);
    }
    expect(new Set(polls.map(({ poll }) => poll.correlationId)).size).toBe(polls.length);
  });

  it("do not begin with an act that was refused, or that ends at once", () => {
    expect(pollsOf({ ...BACKUP, status: 403, description: "no" })).toEqual([]);
    expect(pollsOf({ ...BACKUP, operation: "KeySign", status: 200 })).toEqual([]);
  });

  it("give security domain polls a path without job id", () => {
    const polls = pollsOf({ ...BACKUP, operation: "SecurityDomainDownload" });
    expect(polls[0]?.poll.path).toBe("/securitydomain/download/pending");
  });
});
