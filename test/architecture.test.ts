// SPDX-License-Identifier: Apache-2.0
/** The layer rules of ARCHITECTURE.md, read off the imports. Documents rot; this does not. */
import { describe, expect, it } from "vitest";
import { readSources } from "./support/source-tree.ts";
import type { Import, SourceFile } from "./support/source-tree.ts";

const sources = readSources();
const STAGES = [
  "discover",
  "read",
  "parse",
  "map",
  "batch",
  "export",
  "dead-letter",
  "checkpoint",
  "verify",
];
/** Files that tell the story or put it together: they may know several stages. */
const STORY =
  /^(pipeline|scheduler|discovery-round|blob-reading|parcel|understanding|ledger-proof|ledger-claims|blob-reread|settlement|segment-fates|replay)/;
/** Files with computation only: no I/O, no time, no chance, no process. */
const PURE = [
  "discover/blob-path.ts",
  "discover/poll-plan.ts",
  "read/record-splitter.ts",
  "read/tail-rule.ts",
  "batch/batcher.ts",
  "checkpoint/ack-tracker.ts",
  "checkpoint/checkpoint-format.ts",
  "export/otlp-encoder.ts",
  "export/status-codes.ts",
  "export/pieces.ts",
  "export/refusal-text.ts",
  "export/request-echo.ts",
  "segment-fates.ts",
  "runtime/backoff.ts",
  "runtime/retry-after.ts",
  ...pathsBelow("parse/"),
  ...pathsBelow("map/"),
  ...pathsBelow("verify/"),
  "checkpoint/ledger-history.ts",
];
/** Node modules that compute and do nothing else. */
const PURE_NODE = ["node:zlib", "node:crypto", "node:buffer", "node:net", "node:util"];

function pathsBelow(folder: string): string[] {
  return sources.map(({ path }) => path).filter((path) => path.startsWith(folder));
}

function violations(
  files: readonly SourceFile[],
  isForbidden: (target: Import, file: SourceFile) => boolean,
): string[] {
  return files.flatMap((file) =>
    file.imports
      .filter((target) => isForbidden(target, file))
      .map((target) => `${file.path} imports ${target.target}`),
  );
}

function folderOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : "";
}

describe("layers", () => {
  it("finds the sources, so that no rule passes for want of files", () => {
    expect(sources.length).toBeGreaterThan(60);
    expect(sources.flatMap((file) => file.imports).length).toBeGreaterThan(200);
    for (const path of PURE) expect(sources.map((file) => file.path)).toContain(path);
  });

  it("model.ts and errors.ts import nothing of ours", () => {
    const leaves = sources.filter(({ path }) => path === "model.ts" || path === "errors.ts");
    expect(violations(leaves, ({ isOwn }) => isOwn)).toEqual([]);
  });

  it("stages do not know each other", () => {
    const stages = sources.filter(({ folder }) => STAGES.includes(folder));
    const isOtherStage = ({ isOwn, target }: Import, { folder }: SourceFile): boolean =>
      isOwn && STAGES.includes(folderOf(target)) && folderOf(target) !== folder;
    expect(violations(stages, isOtherStage)).toEqual([]);
  });

  it("stages know only the nouns, the errors, the runtime, the events port and themselves", () => {
    const stages = sources.filter(({ folder }) => STAGES.includes(folder));
    const isForeign = ({ isOwn, target }: Import, { folder }: SourceFile): boolean =>
      isOwn &&
      folderOf(target) !== folder &&
      folderOf(target) !== "runtime" &&
      !["model.ts", "errors.ts", "version.ts", "telemetry/events.ts"].includes(target);
    expect(violations(stages, isForeign)).toEqual([]);
  });

  it("pure files import computation only", () => {
    const pure = sources.filter(({ path }) => PURE.includes(path));
    const isImpure = ({ isOwn, target, isTypeOnly }: Import, { folder }: SourceFile): boolean => {
      if (isTypeOnly) return false;
      if (!isOwn) return target.startsWith("node:") && !PURE_NODE.includes(target);
      return folderOf(target) !== folder && !["errors.ts", "model.ts"].includes(target);
    };
    expect(violations(pure, isImpure)).toEqual([]);
    const words = /\b(Date\.now|Math\.random|setTimeout|setInterval|process\.|new Date\(\))/;
    expect(pure.filter(({ code }) => words.test(code)).map(({ path }) => path)).toEqual([]);
  });

  it("the story names ports and pure functions, never an adapter", () => {
    const story = sources.filter(({ path }) => STORY.test(path) || path.startsWith("lifecycle"));
    const isAdapter = ({ target }: Import): boolean =>
      /^(azure|config|commands|simulate)\/|sqlite-|file-dead-letter|otlp-http|log-events/.test(
        target,
      );
    expect(violations(story, isAdapter)).toEqual([]);
    const isPackage = ({ isOwn, isTypeOnly }: Import): boolean => !isOwn && !isTypeOnly;
    expect(violations(story, isPackage)).toEqual([]);
  });

  it("Azure's packages stay in azure/, HTTP in export/ and the demo's receiver", () => {
    const isAzure = ({ target }: Import): boolean => target.startsWith("@azure/");
    const others = sources.filter(({ folder }) => folder !== "azure");
    expect(violations(others, isAzure)).toEqual([]);
    const isHttp = ({ target }: Import): boolean => /^(node:https?|undici)$/.test(target);
    const offHttp = sources.filter(({ folder }) => !["export", "simulate"].includes(folder));
    expect(violations(offHttp, isHttp)).toEqual([]);
  });

  it("the process belongs to cli.ts", () => {
    const users = sources.filter(({ code }) => /\bprocess\.|node:process/.test(code));
    expect(users.map(({ path }) => path)).toEqual(["cli.ts"]);
  });

  it("the configuration is seen by config/, the composition root and the commands only", () => {
    const isOutside = ({ path, folder }: SourceFile): boolean =>
      !["config", "commands"].includes(folder) && !["connector.ts", "index.ts"].includes(path);
    // Masking secrets in a text needs no configuration; whoever writes text may ask for it.
    const isConfig = ({ isOwn, target }: Import): boolean =>
      isOwn && folderOf(target) === "config" && target !== "config/redact.ts";
    expect(violations(sources.filter(isOutside), isConfig)).toEqual([]);
  });

  it("nobody imports the public surface or the commands from below, and nothing is re-exported whole", () => {
    const isAbove = ({ isOwn, target }: Import, { folder, path }: SourceFile): boolean =>
      isOwn &&
      (target === "index.ts" ||
        target === "cli.ts" ||
        (folderOf(target) === "commands" && folder !== "commands" && path !== "cli.ts"));
    expect(violations(sources, isAbove)).toEqual([]);
    expect(sources.filter(({ code }) => /export\s+\*/.test(code)).map(({ path }) => path)).toEqual(
      [],
    );
  });

  it("imports make no cycle", () => {
    const targets = new Map(
      sources.map(({ path, imports }) => [
        path,
        imports.filter(({ isOwn, isTypeOnly }) => isOwn && !isTypeOnly).map((i) => i.target),
      ]),
    );
    const done = new Set<string>();
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) throw new Error(`cycle: ${[...trail, path].join(" → ")}`);
      if (done.has(path)) return;
      for (const target of targets.get(path) ?? []) visit(target, [...trail, path]);
      done.add(path);
    };
    for (const path of targets.keys()) visit(path, []);
    expect(done.size).toBe(sources.length);
  });
});

describe("files", () => {
  it("have names that say what they are", () => {
    const vague = /(^|\/)(utils?|helpers?|common|lib|types|misc)(\.ts|\/)/;
    expect(sources.map(({ path }) => path).filter((path) => vague.test(path))).toEqual([]);
    const spelled = /^([a-z0-9-]+\/)*[a-z0-9-]+\.ts$/;
    expect(sources.map(({ path }) => path).filter((path) => !spelled.test(path))).toEqual([]);
  });

  it("are short: at most 250 lines, half of them at most 100", () => {
    expect(sources.filter(({ lines }) => lines > 250).map(({ path }) => path)).toEqual([]);
    const lengths = sources.map(({ lines }) => lines).sort((a, b) => a - b);
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThanOrEqual(100);
  });

  it("begin with the licence and say what they are", () => {
    const bare = sources.filter(
      ({ text }) => !/^(#!.*\n)?\/\/ SPDX-License-Identifier: Apache-2\.0\n\/(\*\*|\/)/.test(text),
    );
    expect(bare.map(({ path }) => path)).toEqual([]);
  });
});
