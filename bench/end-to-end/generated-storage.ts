// SPDX-License-Identifier: Apache-2.0
/** Starts the storage whose blobs are computed, in a process of its own. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { GeneratedContent, GeneratedFacts } from "./generated-storage-process.ts";

export interface GeneratedStorage extends GeneratedFacts {
  readonly connectionString: string;
  close(): Promise<void>;
}

const ACCOUNT = "devstoreaccount1";
/** Nobody checks the signatures that are made with it. */
const KEY = Buffer.from("no key at all").toString("base64");

export async function startGeneratedStorage(content: GeneratedContent): Promise<GeneratedStorage> {
  const main = fileURLToPath(new URL("./generated-storage-process.ts", import.meta.url));
  const child = fork(main, [JSON.stringify(content)]);
  const exited = once(child, "exit");
  const [facts] = (await once(child, "message")) as [GeneratedFacts];
  const endpoint = `http://127.0.0.1:${facts.port}/${ACCOUNT}`;
  return {
    ...facts,
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${KEY};BlobEndpoint=${endpoint};`,
    close: async () => {
      child.disconnect();
      await exited;
    },
  };
}
