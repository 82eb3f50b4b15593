// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it } from "vitest";
import { joinEvents } from "../../src/telemetry/totals.ts";
import { auditLines } from "../support/audit-lines.ts";
import { DeliveryWorld } from "../support/delivery-world.ts";

let world: DeliveryWorld;
afterEach(async () => {
  await world.close();
});

describe("D9: of several instances on the same checkpoint store at most one advances a cursor", () => {
  it("refuses a second connector at once, and lets it in when the first is gone", async () => {
    world = await DeliveryWorld.create();
    const blob = world.blobName();
    await world.container.append(blob, auditLines(0, 10));
    const running = await world.run();
    const second = world.open({}, joinEvents());
    await expect(second).rejects.toMatchObject({ code: "CHECKPOINT_LOCKED" });
    await world.settle("the first is not disturbed", () => running.totals.delivered === 10);
    // Another destination in the same file is another scope, but the same file.
    const third = world.open({ HSM_AUDIT_OTEL_CHECKPOINT_NAME: "other" }, joinEvents());
    await expect(third).rejects.toMatchObject({ code: "CHECKPOINT_LOCKED" });
    await running.stop();
    const next = await world.open({}, joinEvents());
    await next.close();
    expect(world.receivedUids).toEqual(await world.expectedUids(blob));
  });
});
