// SPDX-License-Identifier: Apache-2.0
// The real program, killed with SIGKILL again and again while blobs grow: a short campaign of those that `npm run kills`
// runs. The moments are drawn from a seed and told by progress, not by time.
import { afterEach, describe, expect, it } from "vitest";
import { KillCampaign } from "../../kills/kill-campaign.ts";

/** Each moment once, and three starts that find no store. */
const KILLS = 14;

let campaign: KillCampaign | undefined;
afterEach(async () => {
  await campaign?.close();
});

describe("D3: kill -9 at any moment never costs a record, and a repeat is the same record", () => {
  it(`loses nothing over ${KILLS} kills while blobs grow`, { timeout: 240_000 }, async () => {
    campaign = await KillCampaign.create("kill -9");
    await campaign.kill(KILLS);
    const figures = await campaign.finish();
    expect(Object.values(figures.kills)).not.toContain(0);
    expect(figures.lost).toBe(0);
    expect(figures.deadLetters).toBeGreaterThan(0);
    // Kills between a record's arrival and its cursor's save must have happened, or nothing was tested.
    expect(figures.repeats).toBeGreaterThan(0);
    expect(figures.cursorsChecked).toBeGreaterThan(KILLS);
  });
});
