// SPDX-License-Identifier: Apache-2.0
/**
 * Recognises file systems that are served over a network. SQLite's locks and its shared memory
 * cannot be relied on there: two connectors on two machines would both believe that they are alone,
 * and a cursor could be lost.
 *
 * The kernel says what it knows: a magic number a file system, and for FUSE, which hides what is
 * behind it, the name in the mount table. Unknown kinds count as local. Other systems than Linux
 * have no such numbers and are not checked.
 */
import { readFile, statfs } from "node:fs/promises";

/** `f_type` of statfs(2) (linux/magic.h and the file systems' own sources, read 2026-01). */
const NETWORK_MAGIC: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB"],
  [0x00c36400, "Ceph"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
  [0x19830326, "BeeGFS"],
  [0x01161970, "GFS2"],
  [0x7461636f, "OCFS2"],
  [0x5346414f, "AFS"],
  [0x6b414653, "AFS"],
  [0x73757245, "Coda"],
  [0x564c, "NCP"],
]);
const FUSE_MAGIC = 0x65735546;
/** FUSE drivers in front of another machine or an object store; virtiofs and the like are local. */
const NETWORK_FUSE: ReadonlySet<string> = new Set(
  (
    "sshfs blobfuse blobfuse2 s3fs mount-s3 gcsfuse goofys rclone glusterfs ceph-fuse " +
    "davfs davfs2 curlftpfs smbnetfs juicefs seaweedfs lizardfs mfs"
  )
    .split(" ")
    .map((driver) => `fuse.${driver}`),
);

/**
 * Name of the network file system that holds an existing directory; undefined when it is local or
 * unknown.
 */
export async function findNetworkFileSystem(directory: string): Promise<string | undefined> {
  const { type } = await statfs(directory);
  // No mount table means no Linux, and then the number means nothing either.
  const mounts = await readFile("/proc/self/mountinfo", "utf8").catch(() => undefined);
  return mounts === undefined ? undefined : networkFileSystemOf(type, directory, mounts);
}

/**
 * The same decision on plain values: a statfs type, an absolute path, the text of
 * `/proc/self/mountinfo`.
 */
export function networkFileSystemOf(
  magic: number,
  directory: string,
  mountInfo: string,
): string | undefined {
  // Where the C type is a signed 32-bit number, CIFS comes out negative.
  const unsigned = magic >>> 0;
  if (unsigned !== FUSE_MAGIC) return NETWORK_MAGIC.get(unsigned);
  const fuseType = mountedTypeAt(directory, mountInfo);
  return fuseType !== undefined && NETWORK_FUSE.has(fuseType.toLowerCase()) ? fuseType : undefined;
}

/**
 * Type of the innermost mount above a path: `36 35 98:0 /root /mount/point opts … - type source
 * opts`.
 */
function mountedTypeAt(directory: string, mountInfo: string): string | undefined {
  let innermost: { point: string; type: string | undefined } | undefined;
  for (const line of mountInfo.split("\n")) {
    const [mount = "", superBlock = ""] = line.split(" - ");
    const point = unescapeOctal(mount.split(" ")[4] ?? "");
    const isAbove = point === directory || directory.startsWith(point === "/" ? "/" : `${point}/`);
    // Of several mounts on one point the last one is on top.
    if (point === "" || !isAbove || point.length < (innermost?.point.length ?? 0)) continue;
    innermost = { point, type: superBlock.split(" ")[0] };
  }
  return innermost?.type;
}

/** The kernel writes a blank in a mount point as `\040`. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
