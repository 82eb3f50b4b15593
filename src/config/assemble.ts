// SPDX-License-Identifier: Apache-2.0
/**
 * Builds the configuration from the values of the options: durations get their unit into the name, several options
 * become one decision (way into storage, receiver's URL, proxy), PEM files become their contents. Pure but for the
 * given `readFile`. Problems come back beside the configuration, so that they are reported with all others.
 */
import type { Config, ExportConfig, StorageConfig } from "./config.ts";
import { resolveDeadLetters } from "./dead-letter-place.ts";
import { mappingOf } from "./mapping-overrides.ts";
import type { ConfigProblem } from "./problem.ts";
import { chooseProxy } from "./proxy.ts";
import { redactUrl } from "./redact.ts";
import type { OptionName, OptionValues } from "./schema.ts";
import type { Setting } from "./setting.ts";
import { LAYERS, type Environment, type Written } from "./sources.ts";
import { resolveStorage, type OriginOf } from "./storage-access.ts";
import { loadTls, type ReadFile } from "./tls.ts";
import { logsUrlUnder, type EndpointUrl } from "./url-types.ts";

export interface AssembleInput {
  readonly values: OptionValues;
  readonly written: ReadonlyMap<OptionName, Written>;
  readonly invalid: ReadonlySet<OptionName>;
  readonly env: Environment;
  readonly readFile: ReadFile;
  readonly originOf: OriginOf;
  readonly needs: { readonly storage: boolean };
}

export interface Assembled {
  readonly config: Config;
  /** Decisions made from several options, as `config print` shows them. */
  readonly derived: readonly Setting[];
  readonly problems: readonly ConfigProblem[];
}

const STORAGE_NAMES: readonly OptionName[] = [
  "accountUrl",
  "connectionString",
  "accountKey",
  "sasToken",
  "credential",
  "managedIdentityClientId",
  "accountName",
];

/** Builds the configuration; it is meaningful only when there are no problems. */
export function assembleConfig(input: AssembleInput): Assembled {
  const storage = assembleStorage(input);
  const receiver = assembleExport(input);
  const letters = resolveDeadLetters({ ...input, storage: storage.storage });
  const { values } = input;
  const config = {
    ...assembleNumbers(values),
    storage: storage.storage,
    start: values.start,
    checkpoint: {
      store: values["checkpoint.store"],
      path: values["checkpoint.path"],
      name: values["checkpoint.name"],
      intervalMs: values["checkpoint.interval"],
      mustExist: values["checkpoint.mustExist"],
    },
    deadLetter: { place: letters.place, maxBytes: values["deadLetter.maxBytes"] },
    body: values.body,
    observedTimestamp: values.observedTimestamp,
    severity: values.severity,
    mapping: mappingOf(values),
    export: receiver.config,
    resourceDefaults: {
      serviceNamespace: values.resourceAttributes?.["service.namespace"],
      deploymentEnvironmentName: values.resourceAttributes?.["deployment.environment.name"],
    },
    log: { level: values["log.level"], format: values["log.format"] },
  };
  const problems = [...storage.problems, ...letters.problems, ...receiver.problems];
  return {
    config,
    derived: [...storage.derived, ...letters.derived, ...receiver.derived],
    problems,
  };
}

function assembleNumbers(values: OptionValues) {
  return {
    pollIntervalMs: values.pollInterval,
    maxIdlePollIntervalMs: values.maxIdlePollInterval,
    listIntervalMs: values.listInterval,
    resourceIntervalMs: values.resourceInterval,
    closeAfterMs: values.closeAfter,
    reopenWindowMs: values.reopenWindow,
    tailGraceMs: values.tailGrace,
    windowBytes: values.windowBytes,
    budgetBytes: values.budgetBytes,
    maxRecordBytes: values.maxRecordBytes,
    maxConcurrentResources: values.maxConcurrentResources,
    batch: {
      maxBytes: values["batch.maxBytes"],
      maxRecords: values["batch.maxRecords"],
      flushIntervalMs: values["batch.flushInterval"],
    },
    maxInFlight: values.maxInFlight,
    maxInFlightPerResource: values.maxInFlightPerResource,
    shutdownGraceMs: values.shutdownGrace,
    giveUpAfterMs: values.giveUpAfter,
  };
}

function assembleStorage({ values, invalid, originOf, env, needs }: AssembleInput): {
  storage: StorageConfig | undefined;
  derived: readonly Setting[];
  problems: readonly ConfigProblem[];
} {
  const nothing = { storage: undefined, derived: [], problems: [] };
  // A refused value looks like a missing one from here; its own problem says enough.
  if (STORAGE_NAMES.some((name) => invalid.has(name))) return nothing;
  const result = resolveStorage(values, originOf, env);
  if (result.kind === "invalid") return { ...nothing, problems: result.problems };
  if (result.kind === "ok") {
    const { storage } = result;
    const name = storage.access.kind === "connection-string" ? "connectionString" : "accountUrl";
    const source = values.accountName === undefined ? name : "accountName";
    const origin = `from ${source} (${originOf(source)})`;
    return { ...nothing, storage, derived: [{ name: "account", value: storage.account, origin }] };
  }
  const message =
    "no storage account is named: set accountUrl (env HSM_AUDIT_OTEL_ACCOUNT_URL, --account-url) " +
    "or connectionString (env AZURE_STORAGE_CONNECTION_STRING)";
  const problems = needs.storage ? [{ name: "accountUrl", origin: "", message }] : [];
  return { ...nothing, problems };
}

function assembleExport(input: AssembleInput): {
  config: ExportConfig;
  derived: readonly Setting[];
  problems: readonly ConfigProblem[];
} {
  const { values, env, originOf, readFile } = input;
  const { url, endpoint, name } = chooseEndpoint(input);
  const headers = { ...values["export.headers"] };
  if (endpoint.authorization !== undefined) headers["authorization"] ??= endpoint.authorization;
  const { tls, problems } = loadTls(values, originOf, readFile);
  const choice = chooseProxy(url, env);
  const config = {
    url,
    protocol: values["export.protocol"],
    headers,
    compression: values["export.compression"],
    timeoutMs: values["export.timeout"],
    tls,
    proxy: choice.proxy,
  };
  const proxy = choice.proxy === undefined ? undefined : redactUrl(choice.proxy.reveal());
  const derived = [
    { name: "export.url", value: redactUrl(url), origin: `from ${name} (${originOf(name)})` },
    { name: "export.proxy", value: proxy, origin: choice.origin },
  ];
  return { config, derived, problems: [...problems, ...choice.problems] };
}

/** The logs endpoint wins over the base endpoint of its own layer; a stronger layer wins over both. */
function chooseEndpoint({ values, written }: AssembleInput): {
  url: string;
  endpoint: EndpointUrl;
  name: "export.endpoint" | "export.logsEndpoint";
} {
  const base = values["export.endpoint"];
  const whole = values["export.logsEndpoint"];
  const strength = (name: OptionName): number =>
    LAYERS.indexOf(written.get(name)?.layer ?? "default");
  if (whole !== undefined && strength("export.logsEndpoint") <= strength("export.endpoint")) {
    return { url: whole.url, endpoint: whole, name: "export.logsEndpoint" };
  }
  return { url: logsUrlUnder(base.url), endpoint: base, name: "export.endpoint" };
}
