/** Reads the values of options. */

/** What the user has to put right: one line on standard error, exit code 1. */
export class UsageError extends Error {}

/** A whole number, decimal or with 0x. @throws UsageError */
export function integer(what: string, text: string, lowest: number, highest: number): number {
  const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
  if (!(value >= lowest && value <= highest))
    throw new UsageError(`${what} ${text}: must be a whole number from ${lowest} to ${highest}`);
  return value;
}

/** A positive number of seconds. @throws UsageError */
export function seconds(option: string, text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value > 0 && value <= 1e7)) throw new UsageError(`${option} ${text}: must be a positive number of seconds`);
  return value;
}

/** MiB, from a number with or without a suffix, as QEMU's -m takes it. @throws UsageError */
export function memorySize(text: string): number {
  const [, digits, suffix] = /^(?:size=)?(\d+)([MG]?)$/i.exec(text) ?? [];
  const mebibytes = digits === undefined ? Number.NaN : Number(digits) * (suffix?.toUpperCase() === 'G' ? 1024 : 1);
  if (!(mebibytes >= 1 && mebibytes <= 3584)) throw new UsageError(`-m ${text}: must be 1 to 3584 MiB`);
  return mebibytes;
}

/** `name,key=value,key=value`. @throws UsageError */
export function properties(text: string): [name: string, values: Record<string, string>] {
  const [name, ...rest] = text.split(',');
  const values: Record<string, string> = {};
  for (const property of rest) {
    const equals = property.indexOf('=');
    if (equals < 1) throw new UsageError(`${text}: '${property}' is no key=value`);
    values[property.slice(0, equals)] = property.slice(equals + 1);
  }
  return [name!, values];
}
