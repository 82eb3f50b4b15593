// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import {
  accountOfConnectionString,
  accountOfUrl,
  completeConnectionString,
} from "../../../src/azure/account-name.ts";

describe("the account of a URL", () => {
  // Permanent interface: the name is part of every record id.
  it.each([
    ["https://Contoso.blob.core.windows.net", "contoso"],
    ["https://contoso.blob.core.windows.net/", "contoso"],
    ["https://contoso-secondary.blob.core.windows.net", "contoso"],
    ["https://contoso.privatelink.blob.core.windows.net", "contoso"],
    ["https://contoso.z01.blob.storage.azure.net", "contoso"],
    ["https://contoso.blob.core.chinacloudapi.cn", "contoso"],
    ["http://127.0.0.1:10000/devstoreaccount1", "devstoreaccount1"],
    ["http://[::1]:10000/devstoreaccount1", "devstoreaccount1"],
    ["http://localhost:10000/devstoreaccount1/", "devstoreaccount1"],
    ["http://azurite:10000/DevStoreAccount1", "devstoreaccount1"],
    ["http://azurite.test.svc.cluster.local:10000/acct", "acct"],
    ["http://host.docker.internal:10000/acct", "acct"],
  ])("%s is %s", (url, account) => {
    expect(accountOfUrl(url)).toBe(account);
  });

  it.each([
    "https://contoso.blob.core.windows.net/insights-logs-auditevent",
    "http://127.0.0.1:10000",
    "http://127.0.0.1:10000/devstoreaccount1/container",
    "https://logs.contoso.com/container",
    "contoso",
  ])("%s names none", (url) => {
    expect(accountOfUrl(url)).toBeUndefined();
  });
});

describe("the account of a connection string", () => {
  it.each([
    ["DefaultEndpointsProtocol=https;AccountName=Contoso;AccountKey=a==", "contoso"],
    ["UseDevelopmentStorage=true", "devstoreaccount1"],
    [
      "BlobEndpoint=https://contoso.blob.core.windows.net/;SharedAccessSignature=sv=1&sig=x",
      "contoso",
    ],
  ])("%s is %s", (text, account) => {
    expect(accountOfConnectionString(text)).toBe(account);
  });

  it.each(["SharedAccessSignature=sig=x", "nonsense", ""])("%j names none", (text) => {
    expect(accountOfConnectionString(text)).toBeUndefined();
  });
});

describe("a connection string for the SDK", () => {
  it("has exact names and the documented defaults", () => {
    expect(completeConnectionString("accountname=c;ACCOUNTKEY=a==; ")).toBe(
      "DefaultEndpointsProtocol=https;AccountName=c;AccountKey=a==;EndpointSuffix=core.windows.net",
    );
  });

  it("keeps what was given", () => {
    const sas = "BlobEndpoint=https://c.example/;SharedAccessSignature=sv=1&sig=x%3D";
    expect(completeConnectionString(sas)).toBe(sas);
    expect(completeConnectionString("UseDevelopmentStorage=true")).toBe(
      "UseDevelopmentStorage=true",
    );
    const china = "DefaultEndpointsProtocol=http;AccountName=c;AccountKey=a;EndpointSuffix=x.cn";
    expect(completeConnectionString(china)).toBe(china);
  });
});
