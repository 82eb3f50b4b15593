// SPDX-License-Identifier: Apache-2.0
/**
 * Directories and files that only their owner may read (0700, 0600), because what the connector
 * keeps quotes audit records. New names survive a power cut: the directory that holds them is
 * synced. Directories that exist already are left as they are: a mount point belongs to whoever
 * mounted it.
 */
import { chmod, mkdir, open, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";

const PRIVATE_DIRECTORY_MODE = 0o700;
/** Mode of every file that holds audit data or cursors. */
export const PRIVATE_FILE_MODE = 0o600;
const MODE_OF_OTHERS = 0o077;

/** Creates a directory and its missing parents, 0700, durably. File system errors pass through. */
export async function createPrivateDirectory(path: string): Promise<void> {
  const wanted = resolve(path);
  const firstCreated = await createWithParents(wanted);
  if (firstCreated === undefined) return;
  for (let created = wanted; ; created = dirname(created)) {
    await syncDirectory(dirname(created));
    if (created.length <= firstCreated.length) return;
  }
}

async function createWithParents(path: string): Promise<string | undefined> {
  try {
    return await mkdir(path, { recursive: true, mode: PRIVATE_DIRECTORY_MODE });
  } catch (error) {
    if (!hasErrorCode(error, "ENOENT")) throw error;
    // What Node says of a read-only file system too; without parents it says what is the matter.
    await mkdir(path, PRIVATE_DIRECTORY_MODE);
    return path;
  }
}

/**
 * Creates an empty file with mode 0600, or takes an existing file's access for others away. It
 * never opens a file that exists: closing it again would drop the locks that SQLite holds on it in
 * this process.
 */
export async function ensurePrivateFile(path: string): Promise<void> {
  try {
    const file = await open(path, "ax", PRIVATE_FILE_MODE);
    await file.close();
    await syncDirectory(dirname(path));
  } catch (error) {
    if (!hasErrorCode(error, "EEXIST")) throw error;
    if (((await stat(path)).mode & MODE_OF_OTHERS) === 0) return;
    // A file that somebody else owns stays as its owner wants it; reading it is what matters here.
    await chmod(path, PRIVATE_FILE_MODE).catch(() => undefined);
  }
}

/** Makes names that were created or removed in a directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Whether an error is a system error with this code, such as `ENOENT`. */
export function hasErrorCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
