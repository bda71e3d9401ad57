/** Scripted keys: when they are pressed. The instants of a whole script are those of the recorded checkpoints. */
import { describe, expect, test } from 'vitest';
import { ScriptPlayer, shows } from '../../src/emulator/script-player.ts';
import { strokesOf } from '../../src/literate/script.ts';
import { startCheckpoint } from '../support/checkpoint-machine.ts';
import { checkpoints } from '../support/checkpoints.ts';

describe('what a script waits for', () => {
  test.each([
    ['toy> ', 'hello\ntoy>\n', true],
    ['toy> ', 'hello\ntoy> help\n', false],
    ['toy> ', 'toy> help\nWhat you can say\ntoy>\n', true],
    ['done', '| not yet |\n|  done\n', true],
    ['done', '\n', false],
    ['toy>', 'toy>    │ title\n', true],
    ['title', 'toy>    │ title\n', true],
  ])('%j on %j: %s', (awaited, screen, seen) => expect(shows(screen, awaited)).toBe(seen));
});

describe('a recorded script', () => {
  const checkpoint = checkpoints().find(({ id }) => id === '07-system-calls')!;
  const { keys } = checkpoint.info.run;

  /** Plays the script in slices of its own length, as a page does, and returns what the screen shows in the end. */
  async function play(
    at: (recorded: number) => number,
    slice: number,
  ): Promise<{ screen: string; instructions: number }> {
    const { machine } = await startCheckpoint(checkpoint);
    const script = new ScriptPlayer(
      keys.map(({ at: recorded, after, text }) => ({ at: at(recorded), after, strokes: strokesOf(text) })),
    );
    const { time } = checkpoint.info.run;
    while (machine.time < time || !script.isOver) {
      const strokes = script.due(machine, true);
      if (strokes) machine.typeText(strokes);
      machine.run(Math.min(slice, script.wait(machine), machine.time < time ? time - machine.time : slice));
    }
    return { screen: machine.screenText(), instructions: machine.instructions };
  }

  test('gives the recorded run, to the instruction, in slices of any length', async () => {
    for (const slice of [1_000_000, 77_777]) {
      const { screen, instructions } = await play((recorded) => recorded, slice);
      expect(screen).toBe(checkpoint.screen);
      expect(instructions).toBe(checkpoint.info.run.instructions);
    }
  });

  test('waits for the screen where the machine is later than recorded', async () => {
    const { screen } = await play(() => 0, 100_000);
    expect(screen.split('\n').filter((line) => line.startsWith('toy> '))).toEqual([
      ...keys.map(({ text }) => `toy> ${text.trimEnd()}`),
    ]);
  });
});
