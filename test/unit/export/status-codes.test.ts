// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { classifyStatus, describeStatus, isQuotable } from "../../../src/export/status-codes.ts";

describe("classifyStatus", () => {
  it.each([200, 202, 204, 299])("takes %i for a possible acknowledgement", (status) => {
    expect(classifyStatus(status)).toBe("ack-candidate");
  });

  it.each([429, 502, 503, 504])("retries %i", (status) => {
    expect(classifyStatus(status)).toBe("retryable");
  });

  it.each([400, 408, 413, 422, 500])("takes %i for a refusal", (status) => {
    expect(classifyStatus(status)).toBe("refusal");
  });

  it.each([300, 301, 302, 304, 307, 308, 401, 403, 404, 405, 407, 409, 415, 418, 501, 505])(
    "takes %i for a receiver fault",
    (status) => {
      expect(classifyStatus(status)).toBe("receiver-fault");
    },
  );
});

describe("isQuotable", () => {
  it.each([301, 302, 308, 401, 403, 404, 405, 415])("lets the text of a %i be logged", (status) => {
    expect(isQuotable(status)).toBe(true);
  });

  it.each([200, 400, 408, 413, 422, 429, 500, 503])("keeps the text of a %i back", (status) => {
    expect(isQuotable(status)).toBe(false);
  });
});

describe("describeStatus", () => {
  it("says status and class", () => {
    expect(describeStatus(400)).toBe("HTTP 400 (client error)");
    expect(describeStatus(500)).toBe("HTTP 500 (server error)");
    expect(describeStatus(429)).toBe("HTTP 429 (throttled)");
    expect(describeStatus(503)).toBe("HTTP 503 (unavailable)");
    expect(describeStatus(302)).toBe("HTTP 302 (redirect)");
  });

  it("adds the receiver's words where there are some", () => {
    expect(describeStatus(401, "bad token")).toBe("HTTP 401 (refused): bad token");
  });
});
