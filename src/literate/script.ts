/** What scripted input waits for, on every machine alike: the emulator, QEMU, a browser. */

/**
 * Whether a text screen shows an awaited text: one of its lines ends with it, trailing blanks aside. So a prompt counts
 * while it waits, and no longer once something stands behind it.
 *
 * @param screen lines of the screen, separated by newlines
 */
export function shows(screen: string, awaited: string): boolean {
  const text = awaited.trimEnd();
  return screen.split('\n').some((line) => line.trimEnd().endsWith(text));
}
