// SPDX-License-Identifier: Apache-2.0
/**
 * A directory whose disk a test fills, empties and makes read-only while a process uses it. Two real ways:
 * - `tmpfs`: a file system of one megabyte is mounted there; writing fails with ENOSPC and EROFS. Needs a privilege.
 * - `limits`: the kernel's limit on the size of files (EFBIG), and a directory without write access for a process without
 *   privileges (EACCES). Goes everywhere.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasErrorCode } from "../../src/runtime/private-files.ts";

export type DiskKind = "tmpfs" | "limits";

const FILLER = "filler";

/** The ways that this machine permits. */
export function diskKinds(): DiskKind[] {
  const trial = mkdtempSync(join(tmpdir(), "mount-"));
  try {
    mount(trial);
    run("umount", trial);
    return ["limits", "tmpfs"];
  } catch {
    return ["limits"];
  } finally {
    rmdirSync(trial);
  }
}

export class CrampedDisk implements Disposable {
  readonly #kind: DiskKind;
  readonly #path: string;
  #isReadOnly = false;
  #isFull = false;

  /** The directory exists; what is in it is hidden where something is mounted on it. */
  constructor(kind: DiskKind, path: string) {
    this.#kind = kind;
    this.#path = path;
    if (kind === "tmpfs") mount(path);
  }

  /** What a process must be started with that is to notice. */
  get wrapper(): readonly string[] {
    if (this.#kind === "tmpfs") return [];
    const unprivileged = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"];
    const isRoot = process.getuid?.() === 0;
    return [
      ...(this.#isFull ? ["prlimit", "--fsize=0"] : []),
      ...(this.#isReadOnly && isRoot ? unprivileged : []),
    ];
  }

  /** No byte more can be written, by this process if there is one yet. */
  fill(processId?: number): void {
    this.#isFull = true;
    if (this.#kind === "limits") limit(processId, "0:");
    else fillUp(join(this.#path, FILLER));
  }

  /** There is room again. */
  empty(processId?: number): void {
    this.#isFull = false;
    if (this.#kind === "limits") limit(processId, "unlimited:");
    else rmSync(join(this.#path, FILLER));
  }

  forbidWriting(): void {
    this.#setReadOnly(true);
  }

  allowWriting(): void {
    this.#setReadOnly(false);
  }

  #setReadOnly(isReadOnly: boolean): void {
    this.#isReadOnly = isReadOnly;
    if (this.#kind === "limits") chmodSync(this.#path, isReadOnly ? 0o500 : 0o700);
    else run("mount", "-o", isReadOnly ? "remount,ro" : "remount,rw", this.#path);
  }

  [Symbol.dispose](): void {
    if (this.#isReadOnly) this.#setReadOnly(false);
    if (this.#kind === "tmpfs") run("umount", this.#path);
  }
}

function mount(path: string): void {
  run("mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", path);
}

/** Sets the soft limit and leaves the hard one. */
function limit(processId: number | undefined, softLimit: string): void {
  if (processId !== undefined) run("prlimit", "--pid", String(processId), `--fsize=${softLimit}`);
}

/** A file system gives room by the page: when there is none for another page, there is none. */
function fillUp(path: string): void {
  const file = openSync(path, "w");
  const page = Buffer.alloc(4096);
  try {
    for (;;) writeSync(file, page);
  } catch (error) {
    if (!hasErrorCode(error, "ENOSPC")) throw error;
  } finally {
    closeSync(file);
  }
}

function run(program: string, ...args: readonly string[]): void {
  execFileSync(program, args, { stdio: "pipe" });
}
