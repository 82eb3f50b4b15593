// SPDX-License-Identifier: Apache-2.0
import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import {
  findNetworkFileSystem,
  networkFileSystemOf,
} from "../../../src/checkpoint/network-file-system.ts";

const FUSE = 0x65735546;
const MOUNTS = [
  "22 1 259:1 / / rw,relatime shared:1 - ext4 /dev/root rw",
  "40 22 0:35 / /mnt/remote rw,nosuid shared:2 master:1 - fuse.sshfs host:/ rw",
  "41 40 0:36 / /mnt/remote/local rw - fuse.ntfs-3g /dev/sdb rw",
  "42 22 0:37 / /mnt/with\\040blank rw - fuse.blobfuse2 blobfuse2 rw",
  "43 22 0:38 / /mnt/host rw - virtiofs host rw",
  "44 22 0:39 / /mnt/twice rw - fuse.ntfs-3g /dev/sdc rw",
  "45 44 0:40 / /mnt/twice rw - fuse.rclone remote: rw",
  "",
].join("\n");

describe("network file systems", () => {
  it.each([
    ["NFS", 0x6969],
    ["SMB", 0x517b],
    ["SMB", 0xfe534d42],
    ["CIFS", 0xff534d42],
    ["CIFS", 0xff534d42 | 0],
    ["Ceph", 0x00c36400],
  ])("knows %s by its magic number %d", (name, magic) => {
    expect(networkFileSystemOf(magic, "/data", MOUNTS)).toBe(name);
  });

  it.each([
    ["ext4", 0xef53],
    ["xfs", 0x58465342],
    ["btrfs", 0x9123683e],
    ["tmpfs", 0x01021994],
    ["overlayfs", 0x794c7630],
  ])("takes %s for local", (_, magic) => {
    expect(networkFileSystemOf(magic, "/data", MOUNTS)).toBeUndefined();
  });

  it.each([
    ["/mnt/remote", "fuse.sshfs"],
    ["/mnt/remote/state", "fuse.sshfs"],
    ["/mnt/remote/local/state", undefined],
    ["/mnt/remotely", undefined],
    ["/mnt/with blank", "fuse.blobfuse2"],
    ["/mnt/host/state", undefined],
    ["/mnt/twice", "fuse.rclone"],
  ])("looks behind FUSE at %s by the innermost mount", (directory, expected) => {
    expect(networkFileSystemOf(FUSE, directory, MOUNTS)).toBe(expected);
  });

  it("takes the temporary directory of this machine for local", async () => {
    expect(await findNetworkFileSystem(tmpdir())).toBeUndefined();
  });

  it("passes on that the directory does not exist", async () => {
    await expect(findNetworkFileSystem("/does/not/exist")).rejects.toThrow("ENOENT");
  });
});
