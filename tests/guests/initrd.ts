/** An initial RAM disk for Linux: cpio's "newc" format, as the kernel's Documentation/driver-api/early-userspace has it. */
import { gzipSync } from 'node:zlib';

const [FOLDER, REGULAR] = [0o040755, 0o100755];

/** @param files by path, without a leading slash; folders are made for them, and for `folders` */
export function initrd(files: ReadonlyMap<string, Uint8Array | string>, folders: readonly string[] = []): Uint8Array {
  const needed = new Set(folders);
  for (const path of files.keys())
    for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) needed.add(path.slice(0, at));
  const parts: Uint8Array[] = [];
  for (const folder of [...needed].sort()) parts.push(...entry(folder, FOLDER, new Uint8Array()));
  for (const [path, content] of files) {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    parts.push(...entry(path, REGULAR, bytes));
  }
  parts.push(...entry('TRAILER!!!', 0, new Uint8Array()));
  return gzipSync(Buffer.concat(parts));
}

let inode = 0;
function entry(name: string, mode: number, content: Uint8Array): Uint8Array[] {
  inode++;
  // Inode, mode, user, group, links, time, size, device and special device by major and minor, length of the name, checksum.
  const fields = [inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length + 1, 0];
  const head = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`;
  return [padded(new TextEncoder().encode(head)), padded(content)];
}

/** To a multiple of four bytes. */
function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array((bytes.length + 3) & ~3);
  whole.set(bytes);
  return whole;
}
