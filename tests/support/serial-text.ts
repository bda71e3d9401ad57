/** What a terminal at the far end of the serial line would show, without an end to its height. */

/** @param bytes one character each; UTF-8, with line feeds, carriage returns and backspaces */
export function serialText(bytes: string): string {
  const lines = Buffer.from(bytes, 'latin1').toString('utf8').split('\n').map(line);
  return `${lines.join('\n').trimEnd()}\n`;
}

function line(sent: string): string {
  const shown: string[] = [];
  let column = 0;
  for (const character of sent) {
    if (character === '\b') column = Math.max(0, column - 1);
    else if (character === '\r') column = 0;
    else shown[column++] = character;
  }
  return shown.join('').trimEnd();
}
