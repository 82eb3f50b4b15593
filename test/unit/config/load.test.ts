// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { configOf, problemsOf, settingOf } from "../../support/given-config.ts";

describe("defaults", () => {
  it("give a complete configuration without any input", () => {
    expect(configOf({})).toMatchObject({
      storage: undefined,
      start: { kind: "ago", ms: 86_400_000 },
      pollIntervalMs: 15_000,
      maxIdlePollIntervalMs: 60_000,
      listIntervalMs: 300_000,
      resourceIntervalMs: 600_000,
      closeAfterMs: 21_600_000,
      reopenWindowMs: 604_800_000,
      tailGraceMs: 300_000,
      windowBytes: 4_194_304,
      budgetBytes: 16_777_216,
      maxRecordBytes: 1_048_576,
      checkpoint: {
        store: "sqlite",
        path: "hsm-audit-otel-data/checkpoint.sqlite",
        name: "default",
        intervalMs: 200,
        mustExist: false,
      },
      deadLetter: {
        place: { kind: "directory", path: "hsm-audit-otel-data/dead-letters" },
        maxBytes: 1024 ** 3,
      },
      batch: { maxBytes: 3_145_728, maxRecords: 2000, flushIntervalMs: 1000 },
      maxInFlight: 4,
      maxInFlightPerResource: 4,
      body: "original",
      observedTimestamp: "read",
      shutdownGraceMs: 20_000,
      giveUpAfterMs: 300_000,
      export: {
        url: "http://localhost:4318/v1/logs",
        protocol: "http/protobuf",
        headers: {},
        compression: "gzip",
        timeoutMs: 10_000,
        tls: { ca: undefined, cert: undefined, key: undefined },
        proxy: undefined,
      },
      log: { level: "info", format: "auto" },
    });
  });

  it("keep dead letters beside the checkpoint file wherever that is", () => {
    const given = { flags: { "checkpoint-path": "/data/a.sqlite" } };
    expect(configOf(given).deadLetter.place).toEqual({
      kind: "directory",
      path: "/data/dead-letters",
    });
    expect(settingOf(given, "deadLetter.path")?.value).toBe("/data/dead-letters");
  });
});

describe("layers", () => {
  const env = { HSM_AUDIT_OTEL_POLL_INTERVAL: "20s", HSM_AUDIT_OTEL_CONFIG: "a.yaml" };
  const files = { "a.yaml": "start: 7d\npollInterval: 30s\ncheckpoint:\n  name: second\n" };

  it("let a flag win over the environment, and that over the file", () => {
    expect(configOf({ env, files, flags: { "poll-interval": "25s" } }).pollIntervalMs).toBe(25_000);
    expect(configOf({ env, files }).pollIntervalMs).toBe(20_000);
    const fileOnly = { env: { HSM_AUDIT_OTEL_CONFIG: "a.yaml" }, files };
    expect(configOf(fileOnly).pollIntervalMs).toBe(30_000);
    expect(configOf(fileOnly).checkpoint.name).toBe("second");
  });

  it("name the place that each value comes from", () => {
    expect(settingOf({ env, files }, "pollInterval")).toEqual({
      name: "pollInterval",
      value: "20s",
      origin: "env HSM_AUDIT_OTEL_POLL_INTERVAL",
    });
    expect(settingOf({ env, files }, "checkpoint.name")?.origin).toBe("a.yaml:4");
    expect(settingOf({ flags: { start: "now" } }, "start")?.origin).toBe("--start");
    expect(settingOf({}, "start")?.origin).toBe("default");
  });

  it("count an empty variable and a key without value as left out", () => {
    const given = {
      env: { HSM_AUDIT_OTEL_START: "", HSM_AUDIT_OTEL_CONFIG: "a.yaml" },
      files: { "a.yaml": "body:\ncheckpoint:\n" },
    };
    expect(configOf(given)).toMatchObject({ start: { kind: "ago" }, body: "original" });
  });

  it("let --config win over the variable, and refuse a file that cannot be read", () => {
    expect(
      configOf({ env, flags: { config: "b.json" }, files: { "b.json": '{"start":"now"}' } }).start,
    ).toEqual({ kind: "now" });
    expect(problemsOf({ env })).toEqual([
      'config (env HSM_AUDIT_OTEL_CONFIG): "a.yaml" cannot be read (ENOENT)',
    ]);
  });

  it("take a flag without value as yes", () => {
    expect(configOf({ flags: { "checkpoint-must-exist": true } }).checkpoint.mustExist).toBe(true);
  });
});

describe("problems", () => {
  it("are reported all together, each with its place and what is expected", () => {
    const problems = problemsOf({
      env: {
        HSM_AUDIT_OTEL_CONFIG: "a.yaml",
        HSM_AUDIT_OTEL_POL_INTERVAL: "1s",
        OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
      },
      flags: { "poll-interval": "15" },
      files: { "a.yaml": "start: soon\nchekpoint:\n  path: x\nbatch:\n  maxByte: 1\n" },
      needsStorage: true,
    });
    expect(problems).toEqual([
      "chekpoint (a.yaml:2): is no known setting",
      "batch.maxByte (a.yaml:5): is no known setting; did you mean batch.maxBytes?",
      "HSM_AUDIT_OTEL_POL_INTERVAL (env): is no known variable; did you mean HSM_AUDIT_OTEL_POLL_INTERVAL?",
      expect.stringMatching(/^start \(a\.yaml:1\): "soon" is no duration; expected beginning, now/),
      expect.stringMatching(
        /^pollInterval \(--poll-interval\): "15" has no unit: write 15s or 15ms/,
      ),
      expect.stringMatching(
        /^export\.protocol \(env OTEL_EXPORTER_OTLP_PROTOCOL\): "grpc" is not supported: .*4318.*expected one of http\/protobuf, http\/json$/,
      ),
      expect.stringMatching(/^accountUrl: no storage account is named: set accountUrl/),
    ]);
  });

  it("do not blame the variables that Kubernetes sets for a service of our name", () => {
    const env = {
      HSM_AUDIT_OTEL_SERVICE_HOST: "10.0.0.1",
      HSM_AUDIT_OTEL_SERVICE_PORT_HTTP: "8080",
      HSM_AUDIT_OTEL_PORT: "tcp://10.0.0.1:8080",
      HSM_AUDIT_OTEL_PORT_8080_TCP_ADDR: "10.0.0.1",
    };
    expect(problemsOf({ env })).toEqual([]);
  });

  it.each([
    ["15", /has no unit: write 15s or 15ms/],
    ["0s", /too small; expected .* from 1s to 10m/],
    ["11m", /too large/],
    ["1.5m", /is no duration/],
    ["fast", /is no duration/],
  ])("say what is wrong with the poll interval %s", (value, message) => {
    const [problem] = problemsOf({ env: { HSM_AUDIT_OTEL_POLL_INTERVAL: value } });
    expect(problem).toMatch(message);
  });

  it("say where the file is broken without quoting it", () => {
    const files = { "a.yaml": "start: now\naccountKey: 'geheim\n" };
    const problems = problemsOf({ flags: { config: "a.yaml" }, files });
    expect(problems[0]).toMatch(/^file \(a\.yaml:\d+\): not valid YAML or JSON/);
    expect(problems.join("\n")).not.toContain("geheim");
  });

  it("name both options, both values and both places where two options contradict each other", () => {
    expect(problemsOf({ env: { HSM_AUDIT_OTEL_WINDOW_BYTES: "12MiB" } })).toEqual([
      "budgetBytes, windowBytes: budgetBytes (16MiB, default) must be at least 2 times " +
        "windowBytes (12MiB, env HSM_AUDIT_OTEL_WINDOW_BYTES): one window is read while another is on its way",
    ]);
  });

  it.each([
    [{ "max-record-bytes": "5MiB" }, "windowBytes, maxRecordBytes"],
    [{ "batch-max-bytes": "20MiB" }, "budgetBytes, batch.maxBytes"],
    [{ "max-in-flight-per-resource": "5" }, "maxInFlight, maxInFlightPerResource"],
    [{ "poll-interval": "61s" }, "maxIdlePollInterval, pollInterval"],
    [{ "tail-grace": "7h" }, "closeAfter, tailGrace"],
    [{ "close-after": "8d" }, "reopenWindow, closeAfter"],
    [{ "export-timeout": "6m" }, "giveUpAfter, export.timeout"],
  ])("hold the rules between options: %o", (flags, names) => {
    const problems = problemsOf({ flags });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${names.replaceAll(".", "\\.")}:`));
  });

  it("do not follow from a value that has a problem of its own", () => {
    const problems = problemsOf({ flags: { "window-bytes": "lots", "budget-bytes": "1MiB" } });
    // The budget is too small for a batch; nothing is said about the window that nobody knows.
    expect(problems.filter((problem) => problem.includes("windowBytes"))).toHaveLength(1);
  });

  it("refuse sizes in decimal units with the clear form", () => {
    const [problem] = problemsOf({ flags: { "window-bytes": "4MB" } });
    expect(problem).toContain('"4MB" uses a unit that is not clear: write 4MiB');
    expect(configOf({ flags: { "window-bytes": "2097152" } }).windowBytes).toBe(2_097_152);
  });
});
