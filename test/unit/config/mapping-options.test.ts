// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { configOf, problemsOf, settingOf } from "../../support/given-config.ts";

const fromFile = (text: string) => ({
  flags: { config: "c.yaml" },
  files: { "c.yaml": text },
});
const FILE = `severity: security
mapping:
  rename:
    user.id: enduser.id
    azure.properties.PoolSize: pool.size
  drop:
    - user.name
    - azure.tenant.id
  add:
    team: payments
`;

describe("mapping options", () => {
  it("are none by default", () => {
    expect(configOf({}).severity).toBe("outcome");
    expect(configOf({}).mapping).toEqual({ rename: {}, drop: [], add: {} });
  });

  it("come from the file as maps and lists", () => {
    const given = fromFile(FILE);
    expect(configOf(given).severity).toBe("security");
    expect(configOf(given).mapping).toEqual({
      rename: { "user.id": "enduser.id", "azure.properties.PoolSize": "pool.size" },
      drop: ["user.name", "azure.tenant.id"],
      add: { team: "payments" },
    });
    expect(settingOf(given, "mapping.drop")?.value).toBe("user.name,azure.tenant.id");
    expect(settingOf(given, "mapping.add")).toEqual({
      name: "mapping.add",
      value: "team=payments",
      origin: "c.yaml:9",
    });
  });

  it("come from the environment as lists, and from flags", () => {
    const env = {
      HSM_AUDIT_OTEL_SEVERITY: "security",
      HSM_AUDIT_OTEL_MAPPING_RENAME: "user.id=enduser.id, user.name=enduser.name",
      HSM_AUDIT_OTEL_MAPPING_DROP: "user.email, client.port,",
      HSM_AUDIT_OTEL_MAPPING_ADD: "team=pay%20ments,cost%center=",
    };
    expect(problemsOf({ env }).join()).toContain(
      'mapping.add (env HSM_AUDIT_OTEL_MAPPING_ADD): "cost%center" has no usable text',
    );
    const good = { ...env, HSM_AUDIT_OTEL_MAPPING_ADD: "team=pay%20ments" };
    const config = configOf({ env: good, flags: { severity: "outcome" } });
    expect(config.severity).toBe("outcome");
    expect(config.mapping).toEqual({
      rename: { "user.id": "enduser.id", "user.name": "enduser.name" },
      drop: ["user.email", "client.port"],
      add: { team: "pay ments" },
    });
    expect(configOf({ flags: { "mapping-drop": "user.id" } }).mapping.drop).toEqual(["user.id"]);
  });

  it("tell of every problem at once, with entry, place and what is expected", () => {
    const problems = problemsOf({
      env: {
        HSM_AUDIT_OTEL_SEVERITY: "loud",
        HSM_AUDIT_OTEL_MAPPING_RENAME: "user.nam=x,user.id=user.email",
        HSM_AUDIT_OTEL_MAPPING_DROP: "log.record.uid,service.name",
        HSM_AUDIT_OTEL_MAPPING_ADD: "azure.properties.x=y",
      },
    });
    expect(problems).toHaveLength(6);
    const all = problems.join("\n");
    expect(all).toContain("severity (env HSM_AUDIT_OTEL_SEVERITY): ");
    expect(all).toContain(
      'mapping.rename (env HSM_AUDIT_OTEL_MAPPING_RENAME): "user.nam" is no attribute of the mapping; did you mean user.name?; expected',
    );
    expect(all).toContain('"user.id=user.email" gives the name of another attribute');
    expect(all).toContain('mapping.drop (env HSM_AUDIT_OTEL_MAPPING_DROP): "log.record.uid" must');
    expect(all).toContain('"service.name" must keep its name');
    expect(all).toContain(
      'mapping.add (env HSM_AUDIT_OTEL_MAPPING_ADD): "azure.properties.x" writes',
    );
  });

  it.each([
    ["mapping:\n  rename: [a, b]\n", "neither a list nor a map"],
    ["mapping:\n  rename:\n    user.id: 7\n", "user.id: its value is no text; quote it"],
    ["mapping:\n  drop: 7\n", "the value is no list of names"],
    ["mapping:\n  drop: [7]\n", "the value is no list of names"],
    ["mapping:\n  add: x\n", "entry 1 of the list has not the form name=value"],
    ["mapping:\n  add: a=b,a=c\n", '"a" is given more than once'],
    ["mapping: 7\n", "is a group of settings"],
    ["mapping:\n  remane: {}\n", "did you mean mapping.rename?"],
  ])("refuse %j", (text, message) => {
    expect(problemsOf(fromFile(text)).join("\n")).toContain(message);
  });
});
