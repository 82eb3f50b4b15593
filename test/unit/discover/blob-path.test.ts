// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import {
  hourBlobName,
  hourFolder,
  hourOfBlob,
  isResourceRoot,
  isYearFolder,
  parseResource,
  startsWithYear,
  wholeHour,
} from "../../../src/discover/blob-path.ts";

const PREFIX =
  "resourceId=/SUBSCRIPTIONS/1111/RESOURCEGROUPS/RG-HSM/PROVIDERS/MICROSOFT.KEYVAULT/MANAGEDHSMS/CONTOSOHSM/";
const HOUR = Date.UTC(2026, 0, 5, 9);

describe("blob path", () => {
  it("finds the hour by position, because there are two `m=`", () => {
    expect(hourOfBlob(`${PREFIX}y=2026/m=01/d=05/h=09/m=00/PT1H.json`)).toBe(HOUR);
    expect(hourOfBlob(`${PREFIX}y=2024/m=02/d=29/h=23/m=00/PT1H.json`)).toBe(
      Date.UTC(2024, 1, 29, 23),
    );
  });

  it("knows a rolled-over name and names in another case as hour blobs", () => {
    expect(hourOfBlob(`${PREFIX}y=2026/m=01/d=05/h=09/m=00/PT1H_2.json`)).toBe(HOUR);
    expect(hourOfBlob(`${PREFIX}y=2026/m=01/d=05/h=09/m=00/pt1h.JSON`)).toBe(HOUR);
  });

  it.each([
    "",
    "PT1H.json",
    `${PREFIX}y=2026/m=01/d=05/h=09/PT1H.json`,
    `${PREFIX}y=2026/m=01/d=05/h=09/m=00/PT5M.json`,
    `${PREFIX}y=2026/m=01/d=05/h=09/m=00/PT1H.json.tmp`,
    `${PREFIX}y=2026/m=01/d=05/h=09/m=00/sub/PT1H.json`,
    `${PREFIX}y=26/m=1/d=5/h=9/m=0/PT1H.json`,
  ])("has no hour in %j", (name) => {
    expect(hourOfBlob(name)).toBeUndefined();
  });

  it("spells the name of an hour as the service does, and reads it back", () => {
    expect(hourFolder(PREFIX, HOUR)).toBe(`${PREFIX}y=2026/m=01/d=05/h=09/`);
    expect(hourBlobName(PREFIX, HOUR)).toBe(`${PREFIX}y=2026/m=01/d=05/h=09/m=00/PT1H.json`);
    expect(hourOfBlob(hourBlobName(PREFIX, HOUR))).toBe(HOUR);
  });

  it("orders the names of hours as the hours, over days, months and years", () => {
    const times = [9, 10, 24, 24 * 31, 24 * 365].map((hours) => HOUR + hours * 3_600_000);
    const names = times.map((time) => hourBlobName(PREFIX, time));
    expect([...names].sort()).toEqual(names);
  });

  it("finds the whole hour that contains a time", () => {
    expect(wholeHour(HOUR)).toBe(HOUR);
    expect(wholeHour(HOUR + 3_599_999)).toBe(HOUR);
  });

  it("tells the root of the resources and the folders of years from others", () => {
    expect(["resourceId=/", "resourceid=/", "RESOURCEID=/"].map(isResourceRoot)).toEqual([
      true,
      true,
      true,
    ]);
    expect(["resourceId/", "x/resourceId=/", ""].some(isResourceRoot)).toBe(false);
    expect(isYearFolder(`${PREFIX}y=2026/`)).toBe(true);
    expect([`${PREFIX}m=01/`, `${PREFIX}y=2026/m=01/`, `${PREFIX}Y/`].some(isYearFolder)).toBe(
      false,
    );
    expect(startsWithYear("y=2026/m=01/d=05/h=09/m=00/PT1H.json")).toBe(true);
    expect(startsWithYear("pools/one/y=2026/m=01/d=05/h=09/m=00/PT1H.json")).toBe(false);
  });

  it("reads a resource's parts, in the case of the path", () => {
    expect(parseResource(PREFIX)).toEqual({
      prefix: PREFIX,
      resourceId:
        "/SUBSCRIPTIONS/1111/RESOURCEGROUPS/RG-HSM/PROVIDERS/MICROSOFT.KEYVAULT/MANAGEDHSMS/CONTOSOHSM",
      subscriptionId: "1111",
      resourceGroup: "RG-HSM",
      provider: "MICROSOFT.KEYVAULT",
      type: "MANAGEDHSMS",
      name: "CONTOSOHSM",
    });
  });

  it("keeps what is not a usual ARM id: the id and its last segment", () => {
    expect(parseResource("resourceId=/TENANTS/42/")).toEqual({
      prefix: "resourceId=/TENANTS/42/",
      resourceId: "/TENANTS/42",
      subscriptionId: undefined,
      resourceGroup: undefined,
      provider: undefined,
      type: undefined,
      name: "42",
    });
    expect(parseResource("resourceId=/").name).toBe("resourceId=/");
  });

  it("takes a resource group called providers for what it is", () => {
    const prefix = "resourceId=/SUBSCRIPTIONS/S/RESOURCEGROUPS/PROVIDERS/PROVIDERS/P/VAULTS/V/";
    expect(parseResource(prefix)).toMatchObject({
      resourceGroup: "PROVIDERS",
      provider: "P",
      type: "VAULTS",
      name: "V",
    });
  });
});
