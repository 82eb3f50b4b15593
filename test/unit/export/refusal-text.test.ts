// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { readRefusal } from "../../../src/export/refusal-text.ts";

describe("readRefusal", () => {
  it.each([
    `entry for stream '{service_name="azure-managed-hsm"}' has timestamp too old: 2026-01-01T00:00:00Z, oldest acceptable timestamp is: 2026-01-02T00:00:00Z`,
    `entry for stream '{a="b"}' has timestamp too new: 2030-01-01T00:00:00Z`,
    `entry with timestamp 2026-01-01 00:00:00 +0000 UTC ignored, reason: 'entry too far behind, entry timestamp is: 2026-01-01T00:00:00Z, oldest acceptable timestamp is: 2026-01-01T01:00:00Z',\nuser 'fake', total ignored: 1 out of 2`,
    `entry with timestamp 2026 ignored, reason: 'entry out of order',`,
    `Max entry size '262144' bytes exceeded for stream '{a="b"}' while adding an entry with length '300000' bytes`,
    `stream '{a="b"}' has structured metadata too large: '70000' bytes, limit: '65536' bytes.`,
    `stream '{a="b"}' has structured metadata size too large: '70000' bytes`,
    `stream '{a="b"}' has too many structured metadata labels: '200', limit: '128'`,
    `entry for stream '{a="b"}' has 16 label names; limit 15`,
    `stream '{a="b"}' has label value too long: 'x'`,
    `rpc error: code = InvalidArgument desc = error exporting items: entry for stream '{a="b"}' has timestamp too old: x`,
  ])("takes Loki's words about single entries for a partial success: %s", (text) => {
    expect(readRefusal(400, text)).toBe("entries");
    expect(readRefusal(500, text)).toBe("unsaid");
  });

  it.each([
    "http: request body too large",
    "Request Entity Too Large",
    "rpc error: code = ResourceExhausted desc = grpc: received message larger than max (5 vs. 4)",
    "payload too big",
    "the batch exceeds the maximum of 4000000 bytes",
  ])("takes %s for a request that is too large", (text) => {
    expect(readRefusal(400, text)).toBe("too-large");
  });

  it("believes the status 413 whatever is said", () => {
    expect(readRefusal(413, "")).toBe("too-large");
    expect(readRefusal(413, "<html>nginx</html>")).toBe("too-large");
  });

  it.each([
    [400, "invalid UTF-8 in attribute"],
    [400, 'failed to parse field [userAgent]: "curl/8 has timestamp too old"'],
    [400, "Bad Request: header line too long"],
    [400, ""],
    [422, "body too large to be processed"],
    [500, "http: request body too large"],
  ])("says nothing of %i %s", (status, text) => {
    expect(readRefusal(status, text)).toBe("unsaid");
  });

  it("looks at the first 64 KiB only", () => {
    expect(readRefusal(400, `${" ".repeat(65_536)}too large`)).toBe("unsaid");
  });
});
