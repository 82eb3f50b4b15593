// SPDX-License-Identifier: Apache-2.0
/** Every command that maps, or shows what would, refuses the same overrides in the same words. */
import { describe, expect, it } from "vitest";
import { runProgram } from "../../../src/commands/program.ts";
import { createRecordingHost } from "../../support/recording-context.ts";

const ENV = {
  HSM_AUDIT_OTEL_ACCOUNT_URL: "https://contoso.blob.core.windows.net",
  HSM_AUDIT_OTEL_MAPPING_DROP: "user.nam,log.record.uid",
};

describe("mapping overrides that cannot be used", () => {
  it.each(["run", "once", "check", "map", "config print"])("end %s with 2", async (command) => {
    const host = createRecordingHost({ env: ENV });
    expect(await runProgram(command.split(" "), host)).toBe(2);
    expect(host.stdout.text).toBe("");
    expect(host.stderr.text).toContain("CONFIG_INVALID: the configuration has 2 problems");
    expect(host.stderr.text).toContain("did you mean user.name?");
  });
});

describe("map", () => {
  it("applies severity and overrides", async () => {
    const event = { operationName: "KeyPurge", httpStatusCode: 204, callerIpAddress: "192.0.2.7" };
    const host = createRecordingHost({
      env: { HSM_AUDIT_OTEL_MAPPING_ADD: "team=payments" },
      stdin: [JSON.stringify(event)],
    });
    const argv = ["map", "--severity", "security", "--mapping-drop", "client.address"];
    expect(await runProgram(argv, host)).toBe(0);
    expect(host.stdout.text).toContain('"severityText":"WARN"');
    expect(host.stdout.text).toContain('{"key":"team","value":{"stringValue":"payments"}}');
    expect(host.stdout.text).toContain('"azure.keyvault.operation.action"');
    expect(host.stdout.text).not.toContain("client.address");
  });
});
