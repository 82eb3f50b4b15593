// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { runProgram } from "../../../src/commands/program.ts";
import { createRecordingHost } from "../../support/recording-context.ts";

const EVENT = {
  time: "2026-01-15T10:00:00Z",
  resourceId: "/SUBSCRIPTIONS/S/RESOURCEGROUPS/R/PROVIDERS/MICROSOFT.KEYVAULT/MANAGEDHSMS/CONTOSO",
  operationName: "KeyGet",
};

interface Request {
  readonly resourceLogs?: readonly {
    readonly scopeLogs: readonly {
      readonly logRecords: readonly {
        readonly body: { readonly stringValue: string };
        readonly timeUnixNano: string;
        readonly observedTimeUnixNano?: string;
        readonly attributes: readonly { key: string; value: { stringValue?: string } }[];
      }[];
    }[];
  }[];
}

async function runMap(stdin: readonly (string | Uint8Array)[], argv: readonly string[] = []) {
  const host = createRecordingHost({ stdin });
  const code = await runProgram(["map", ...argv], host);
  const request = JSON.parse(host.stdout.text || "{}") as Request;
  const records = (request.resourceLogs ?? [])
    .flatMap((resource) => resource.scopeLogs)
    .flatMap((scope) => scope.logRecords);
  return { code, records, stdout: host.stdout.text, stderr: host.stderr.text };
}

describe("map", () => {
  it("prints one request with every event, whatever newlines, BOM and chunks", async () => {
    const line = JSON.stringify(EVENT);
    const input = Buffer.from(`\uFEFF${line}\r\n\r\n  \n${line}`);
    const { code, records, stdout, stderr } = await runMap([
      input.subarray(0, 40),
      input.subarray(40),
    ]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(records.map((record) => record.body.stringValue)).toEqual([line, line]);
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
  });

  it("gives an id of the synthetic origin and no observed timestamp, equal for equal input", async () => {
    const first = await runMap([JSON.stringify(EVENT)]);
    const second = await runMap([JSON.stringify(EVENT)]);
    expect(first.stdout).toBe(second.stdout);
    const [record] = first.records;
    expect(record?.timeUnixNano).toBe("1768471200000000000");
    expect(record).not.toHaveProperty("observedTimeUnixNano");
    const uid = record?.attributes.find(({ key }) => key === "log.record.uid")?.value.stringValue;
    // SHA-256 of `stdin NUL stdin NUL stdin NUL 0`, computed outside this program; offset 0.
    expect(uid).toBe("3a9577821fc6ea2a0000000000000000");
  });

  it("takes the mapping options", async () => {
    const { records } = await runMap([JSON.stringify(EVENT)], ["--body", "summary"]);
    expect(records[0]?.body.stringValue).toContain("KeyGet");
    expect(records[0]?.body.stringValue).not.toContain("{");
  });

  it("names malformed lines by number and reason, prints the good ones and ends with 1", async () => {
    const good = JSON.stringify(EVENT);
    const { code, records, stderr } = await runMap([`${good}\n\n{"geheim":\n[1]\n${good}\n`]);
    expect(code).toBe(1);
    expect(records).toHaveLength(2);
    expect(stderr).toMatch(/^line 3: not-json: .*\nline 4: not-an-object: .*\n$/);
    expect(stderr).not.toContain("geheim");
  });

  it("takes documents and several objects on a line, as delivery does", async () => {
    const line = JSON.stringify(EVENT);
    const pretty = JSON.stringify({ records: [EVENT, EVENT] }, undefined, 2);
    for (const input of [pretty, `[${line},${line}]`, `${line}${line}\n`]) {
      const { code, records } = await runMap([input]);
      expect(code).toBe(0);
      const bodies = records.map(({ body }) => JSON.parse(body.stringValue) as unknown);
      expect(bodies).toEqual([EVENT, EVENT]);
    }
    const { code, stderr, records } = await runMap([`${line}\n${line}${line}\n${line}{"a\n`]);
    expect([code, records.length]).toEqual([1, 4]);
    expect(stderr).toMatch(/^line 3: not-json: /);
  });

  it("takes the framing that it is told", async () => {
    const pretty = JSON.stringify({ geheim: 1 }, undefined, 2);
    const { code, stderr } = await runMap([pretty], ["--framing", "json-lines"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^line 1: not-json: .*\nline 2: not-json: .*\nline 3: not-json: /);
    expect((await runMap([pretty], ["--framing", "document"])).records).toHaveLength(1);
  });

  it("fills what events do not say from the path of a blob", async () => {
    const folder =
      "/SUBSCRIPTIONS/S1/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/PAYROLL";
    const blob = `resourceId=${folder}/y=2026/m=02/d=03/h=04/m=00/PT1H.json`;
    const { code, stdout, records } = await runMap(["{}"], ["--blob", blob]);
    expect(code).toBe(0);
    expect(stdout).toContain(folder);
    expect(records[0]?.timeUnixNano).toBe(`${Date.UTC(2026, 1, 3, 4)}000000`);
    const path = records[0]?.attributes.find(({ key }) => key === "log.file.path")?.value;
    expect(path?.stringValue).toBe(`stdin/${blob}`);
  });

  it("names every flag that is wrong, and what is expected", async () => {
    const { code, stderr } = await runMap(["{}"], ["--blob", "x/PT1H.json", "--framing", "csv"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/--framing: "csv" .*expected one of auto, json-lines, document/);
    expect(stderr).toMatch(/--blob: "x\/PT1H.json" .*expected a name such as resourceId=/);
  });

  it("indents in a pipe when it is told to", async () => {
    const { stdout } = await runMap([JSON.stringify(EVENT)], ["--pretty"]);
    expect(stdout).toMatch(/^\{\n {2}"resourceLogs"/);
  });

  it("prints an empty request for empty input", async () => {
    const { code, records } = await runMap([]);
    expect([code, records]).toEqual([0, []]);
  });

  it("prints indented JSON with the same content on a terminal", async () => {
    const host = createRecordingHost({ stdin: [JSON.stringify(EVENT)], isTty: true });
    expect(await runProgram(["map"], host)).toBe(0);
    expect(host.stdout.text).toMatch(/^\{\n {2}"resourceLogs"/);
    const plain = await runMap([JSON.stringify(EVENT)]);
    expect(JSON.parse(host.stdout.text)).toEqual(JSON.parse(plain.stdout));
  });

  it("refuses a wrong configuration before it reads", async () => {
    const host = createRecordingHost({ env: { HSM_AUDIT_OTEL_BODY: "short" }, stdin: ["{}"] });
    expect(await runProgram(["map"], host)).toBe(2);
    expect(host.stdout.text).toBe("");
  });
});
