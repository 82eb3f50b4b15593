// SPDX-License-Identifier: Apache-2.0
/** What the README says is what the program does: commands, variables, links, numbers of the example. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../src/commands/registry.ts";
import { OPTION_NAMES, rowOf } from "../src/config/schema.ts";
import { envNamesOf } from "../src/config/option.ts";
import { createLogRecordMapper } from "../src/map/log-record.ts";
import { parseAuditEvent } from "../src/parse/audit-event.ts";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const readme = read("README.md");
const documents = [
  "README.md",
  "ARCHITECTURE.md",
  "CHANGELOG.md",
  "docs/delivery.md",
  "docs/mapping.md",
  "test/fixtures/audit-events/README.md",
];

describe("README", () => {
  it("has the two commands for a fresh machine, as scripts that exist", () => {
    expect(readme).toContain("```sh\nnpm ci && npm run demo\n```");
    expect(readme).toContain("```sh\nnpm ci && npm test\n```");
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const named = [...readme.matchAll(/npm run (?:-s )?([a-z:]+)/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(3);
    for (const name of named) expect(Object.keys(scripts)).toContain(name);
  });

  it("lists exactly the commands that the program has", () => {
    const table = readme.slice(
      readme.indexOf("## Commands"),
      readme.indexOf("## Before and after"),
    );
    const listed = [...table.matchAll(/^\| `([a-z -]+)` \|/gm)].map(([, name]) => name);
    expect(listed.sort()).toEqual(COMMANDS.map(({ name }) => name).sort());
  });

  it("names only variables that the program reads", () => {
    const known = new Set(OPTION_NAMES.flatMap((name) => envNamesOf(name, rowOf(name))));
    const named = [...readme.matchAll(/\b(?:HSM_AUDIT_OTEL|OTEL_EXPORTER)_[A-Z_]+\b/g)];
    expect(named.length).toBeGreaterThan(10);
    for (const [name] of named) expect(known).toContain(name);
  });

  it("gives the defaults that are in effect", () => {
    const rows = [...readme.matchAll(/^\| `(HSM_AUDIT_OTEL_[A-Z_]+)` \| `([^`]+)` \|/gm)];
    expect(rows.length).toBeGreaterThan(5);
    for (const [, variable, value] of rows) {
      const name = OPTION_NAMES.find((option) =>
        envNamesOf(option, rowOf(option)).includes(variable ?? ""),
      );
      expect(name, variable).toBeDefined();
      if (name !== undefined) expect(rowOf(name).default, variable).toBe(value);
    }
  });

  it("shows an example that the mapper confirms", () => {
    const line = read("test/fixtures/audit-events/managed-hsm.jsonl").split("\n")[0] ?? "";
    const parsed = parseAuditEvent(Buffer.from(line));
    if (parsed.kind !== "ok") throw new Error(parsed.detail);
    const mapper = createLogRecordMapper({
      scopeVersion: "0",
      bodyMode: "original",
      resourceDefaults: { serviceNamespace: undefined, deploymentEnvironmentName: undefined },
    });
    const { logRecord } = mapper.toLogRecord(parsed.event, parsed.text, 0, {
      resource: {
        prefix: "resourceId=/",
        resourceId: "",
        subscriptionId: undefined,
        resourceGroup: undefined,
        provider: undefined,
        type: undefined,
        name: "",
      },
      blob: { account: "a", container: "c", name: "b", createdAtMs: 0 },
      hourMs: undefined,
      observedAtMs: undefined,
    });
    const mapped: Record<string, unknown> = {
      ...logRecord.resource.attributes,
      ...logRecord.attributes,
    };
    const example = readme.slice(readme.indexOf("| resource | | record | |"));
    const pairs = [...example.matchAll(/`([a-z_.]+)` \| `([^`]+)` \|/g)];
    expect(pairs.length).toBeGreaterThan(10);
    for (const [, attribute = "", shown = ""] of pairs) {
      if (attribute.startsWith("HSM_")) continue;
      const value = String(mapped[attribute]);
      const isShortened = shown.endsWith("…");
      // Identifiers of people and subscriptions are shortened; everything else is said in full.
      if (isShortened) expect(value, attribute).not.toBe("undefined");
      else expect(value.toLowerCase(), attribute).toBe(shown.toLowerCase());
    }
  });
});

describe("documents", () => {
  it("link to files that exist", () => {
    for (const document of documents) {
      const links = [...read(document).matchAll(/\]\((?!https?:)([^)#]+)\)/g)];
      for (const [, target = ""] of links) {
        expect(existsSync(join(ROOT, dirname(document), target)), `${document}: ${target}`).toBe(
          true,
        );
      }
    }
  });

  it("name source files that exist", () => {
    const named = [...read("ARCHITECTURE.md").matchAll(/`((?:src|test|docs)\/[\w./-]+)`/g)];
    expect(named.length).toBeGreaterThan(15);
    for (const [, path = ""] of named) expect(existsSync(join(ROOT, path)), path).toBe(true);
  });
});
