/** Memory that is not there, in the log. */

/** Names each page of absent memory once a direction. */
export function logUnbacked(log: (line: string) => void): (physical: number, write: boolean) => void {
  const named = new Set<string>();
  return (physical, write) => {
    const page = `${Math.floor(physical / 0x1000)} ${write}`;
    if (named.has(page)) return;
    named.add(page);
    log(`${write ? 'write to' : 'read from'} physical address 0x${physical.toString(16)}: no memory there`);
  };
}
