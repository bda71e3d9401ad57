/** The keyboard on its way into the machine: captured, released, on the screen, pasted. */

import AxeBuilder from '@axe-core/playwright';
import { missingAssembler, serveEcho, strike } from './echo-guest.ts';
import { expect, machineOn, test } from './fixtures.ts';

const id = '03-bootloader';
const chapter = `chapters/${id}/`;

test.skip(missingAssembler !== null && process.env.CI !== 'true', `not on this machine: ${missingAssembler}`);

test.beforeEach(async ({ page, site }) => {
  await serveEcho(page, id);
  await page.goto(site + chapter);
});

function keyboardOn(page: Parameters<typeof machineOn>[0]) {
  const on = machineOn(page);
  return {
    ...on,
    glass: on.machine.locator('[data-glass]'),
    hint: on.machine.locator('[data-keyboard-hint]'),
    async boot() {
      await on.button('Run').click();
      await expect(on.screen).toContainText('> ');
    },
  };
}

test('typing reaches the machine after a click, and no longer after Ctrl and Alt', async ({ page }) => {
  const { machine, screen, glass, hint, boot } = keyboardOn(page);
  await boot();
  await expect(hint).toHaveText(/Click the screen to type/);
  await strike(page, 'a');
  await glass.click();
  await expect(machine).toHaveAttribute('data-captured');
  await expect(hint).toHaveText(/Ctrl \+ Alt/);
  await strike(page, 'Hello, 42');
  await expect(screen).toContainText('> Hello, 42');
  await page.keyboard.press('Control+Alt');
  await expect(machine).not.toHaveAttribute('data-captured');
  await strike(page, 'xyz');
  await glass.click();
  await strike(page, '!');
  await expect(screen).toContainText('Hello, 42 (written)');
});

test('Enter on the focused screen captures too; the focus leaves by Tab once it is released', async ({ page }) => {
  const { machine, glass, screen, boot } = keyboardOn(page);
  await boot();
  await glass.focus();
  await expect(machine).not.toHaveAttribute('data-captured');
  await page.keyboard.press('Enter');
  await expect(machine).toHaveAttribute('data-captured');
  await expect(glass).toHaveRole('application');
  // Tab is the machine's now.
  await page.keyboard.press('Tab');
  await expect(glass).toBeFocused();
  await strike(page, 'q');
  await expect(screen).toContainText('q');
  await page.keyboard.press('Control+Alt');
  await expect(glass).toHaveRole('group');
  await expect(glass).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(glass).not.toBeFocused();
});

test('a key that is down when the focus leaves is let go', async ({ page }) => {
  const { machine, screen, glass, button, boot } = keyboardOn(page);
  await boot();
  await glass.click();
  await page.keyboard.down('Shift');
  await page.keyboard.press('KeyA');
  await button('Step').focus();
  await expect(machine).not.toHaveAttribute('data-captured');
  await page.keyboard.up('Shift');
  await glass.click();
  await strike(page, 'b');
  await expect(screen).toContainText('> Ab');
});

test('a pasted text is typed, and one that no key types is refused by name', async ({ page, context }) => {
  const { machine, screen, glass, field, boot } = keyboardOn(page);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await boot();
  await glass.click();
  await page.evaluate(() => navigator.clipboard.writeText('let x = {"a"};'));
  await page.keyboard.press('Control+Shift+V');
  await expect(screen).toContainText('> let x = {"a"};');
  await page.evaluate(() => navigator.clipboard.writeText('é'));
  await page.keyboard.press('Control+Shift+V');
  await expect(field('note')).toContainText('é');
  await expect(machine).toHaveAttribute('data-state', 'running');
});

test('keys that a PC’s keyboard has not do no harm', async ({ page }) => {
  const { machine, screen, glass, boot } = keyboardOn(page);
  await boot();
  await glass.click();
  await glass.evaluate((element) => {
    for (const code of ['BrightnessUp', 'Fn', '']) {
      for (const type of ['keydown', 'keyup']) element.dispatchEvent(new KeyboardEvent(type, { code, bubbles: true }));
    }
  });
  await strike(page, 'z');
  await expect(screen).toContainText('> z');
  await expect(machine).toHaveAttribute('data-state', 'running');
});

test('a machine that has ended gives the keyboard back', async ({ page }) => {
  const { machine, glass, hint, boot } = keyboardOn(page);
  await boot();
  await glass.click();
  await strike(page, '.');
  await expect(machine).toHaveAttribute('data-state', 'halted');
  await expect(machine).not.toHaveAttribute('data-captured');
  await expect(hint).toHaveText('');
  await glass.click();
  await expect(machine).not.toHaveAttribute('data-captured');
});

test('a machine in hlt is running, and said to wait', async ({ page }) => {
  const { machine, field, boot } = keyboardOn(page);
  await boot();
  await expect(machine).toHaveAttribute('data-state', 'running');
  await expect(field('state')).toHaveText(/^Waiting for/);
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test('a tap on the screen opens a keyboard below it, which hides nothing', async ({ page }) => {
    test.slow();
    const { machine, screen, glass, button, boot } = keyboardOn(page);
    await boot();
    await glass.tap();
    const keys = machine.getByRole('group', { name: 'Keyboard' });
    await expect(keys).toBeVisible();
    for (const part of [screen, keys, button('Pause'), keys.getByRole('button', { name: 'Enter' })]) {
      await expect(part).toBeInViewport({ ratio: 1 });
    }
    const boxes = await Promise.all([glass, keys, button('Pause')].map((part) => part.boundingBox()));
    const [screenBox, keysBox, buttonBox] = boxes;
    expect(screenBox!.y + screenBox!.height).toBeLessThanOrEqual(keysBox!.y);
    expect(keysBox!.y + keysBox!.height).toBeLessThanOrEqual(buttonBox!.y);
    const key = (name: string) => keys.getByRole('button', { name, exact: true });
    await key('h').tap();
    await key('Shift').tap();
    await expect(key('Shift')).toHaveAttribute('aria-pressed', 'true');
    await key('I').tap();
    await expect(key('Shift')).toHaveAttribute('aria-pressed', 'false');
    await key('Space').tap();
    await key('4').tap();
    await key('Signs and function keys').tap();
    await key('Minus').tap();
    await key('Shift').tap();
    await key('Equals').tap();
    await key('abc: letters and digits').tap();
    await key('Shift').tap();
    await key('!').tap();
    await expect(screen).toContainText('> hI 4-+ (written)');
    const toggle = button('Keyboard');
    await toggle.tap();
    await expect(keys).toBeHidden();
  });

  test('every key has a name and a size for a finger', async ({ page }) => {
    test.slow();
    const { machine, boot, glass } = keyboardOn(page);
    await boot();
    await glass.tap();
    const caps = machine.locator('[data-keys] button');
    await expect(caps.first()).toBeVisible();
    for (const layer of [0, 1]) {
      const boxes = await caps.evaluateAll((all) =>
        all.map((cap) => ({ name: cap.ariaLabel ?? cap.textContent, ...cap.getBoundingClientRect().toJSON() })),
      );
      for (const { name, width, height } of boxes) {
        expect(name?.trim()).toBeTruthy();
        expect(width, name ?? '').toBeGreaterThanOrEqual(28);
        expect(height, name ?? '').toBeGreaterThanOrEqual(40);
      }
      const { violations } = await new AxeBuilder({ page }).include('toy-machine').analyze();
      expect(violations.map(({ id: rule, nodes }) => `${rule}: ${nodes[0]?.html}`)).toEqual([]);
      if (layer === 0) await machine.locator('[data-keys] [data-layer]').tap();
    }
  });
});
