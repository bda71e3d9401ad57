/** The machine panel: its buttons, the keyboard, what it says, and what it says of a kernel that is none. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright/test';
import { checkpoints, expect, machineOn, root, screenText, test } from './fixtures.ts';

const id = '03-bootloader';
const chapter = `chapters/${id}/`;
const recorded = checkpoints().find(({ info }) => info.id === id);
const kernel = readFileSync(join(root, 'public', 'checkpoints', id, 'kernel.elf'));

test('stands idle until asked, and loads nothing of the emulator', async ({ page, site }) => {
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(site + chapter);
  const { machine, button, screen } = machineOn(page);
  await expect(machine).toHaveAttribute('data-state', 'idle');
  await expect(machine).toHaveAttribute('checkpoint', id);
  await expect(button('Run')).toBeEnabled();
  await expect(button('Pause')).toBeDisabled();
  await expect(button('Reset')).toBeDisabled();
  await expect(screen).toHaveText('');
  await page.waitForLoadState('networkidle');
  expect(requests.filter((url) => /checkpoints|worker/.test(url))).toEqual([]);
});

test('runs to the end, and again', async ({ page, site }) => {
  await page.goto(site + chapter);
  const { machine, button, field } = machineOn(page);
  for (let boot = 0; boot < 2; boot++) {
    await button('Run').click();
    await expect(machine).toHaveAttribute('data-state', 'halted');
    await expect(field('mode')).toHaveText('long');
    await expect(field('rip')).toHaveText(/^0x[0-9a-f]+$/);
    expect(await screenText(page)).toBe(recorded?.screen);
  }
});

test('writes the serial log', async ({ page, site }) => {
  await page.goto(site + chapter);
  const { machine, button } = machineOn(page);
  await button('Run').click();
  await expect(machine).toHaveAttribute('data-state', 'halted');
  await expect(machine.locator('[data-serial]')).not.toBeEmpty();
});

test('steps from the entry point: protected mode, one instruction at a time', async ({ page, site }) => {
  await page.goto(site + chapter);
  const { machine, button, field } = machineOn(page);
  await button('Step').click();
  await expect(machine).toHaveAttribute('data-state', 'paused');
  await expect(field('instructions')).toHaveText('1');
  await expect(field('mode')).toHaveText('protected');
  const rip = await field('rip').textContent();
  await button('Step').click();
  await expect(field('instructions')).toHaveText('2');
  expect(await field('rip').textContent()).not.toBe(rip);
});

test('reset goes back to the entry point', async ({ page, site }) => {
  await page.goto(site + chapter);
  const { machine, button, field, screen } = machineOn(page);
  await button('Run').click();
  await expect(machine).toHaveAttribute('data-state', 'halted');
  await button('Reset').click();
  await expect(machine).toHaveAttribute('data-state', 'paused');
  await expect(field('instructions')).toHaveText('0');
  await expect(screen).toHaveText('');
});

test('is worked by the keyboard alone', async ({ page, site }) => {
  await page.goto(site + chapter);
  const { machine, button, field } = machineOn(page);
  await button('Run').focus();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await expect(button('Step')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(field('instructions')).toHaveText('1');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Shift+Tab');
  await expect(button('Run')).toBeFocused();
  await page.keyboard.press('Space');
  await expect(machine).toHaveAttribute('data-state', 'halted');
  await expect(button('Run')).toBeFocused();
});

test('lights up the line of the listing that comes next', async ({ page, site }) => {
  await page.goto(site + chapter);
  const { machine, button, field } = machineOn(page);
  await button('Run').click();
  await expect(machine).toHaveAttribute('data-state', 'halted');
  const [path, line] = ((await field('place').locator('a').textContent()) ?? '').split(':');
  const lit = page.locator('.ec-line.executing');
  await expect(lit).toHaveCount(1);
  await expect(lit.locator('.ln')).toHaveText(line ?? '');
  await expect(page.locator('figure.listing', { has: lit }).locator('.title')).toHaveText(path ?? '');
});

test('an experiment runs in the panel, which says so and leads back', async ({ page, site }) => {
  await page.goto(site + chapter);
  const { machine, button } = machineOn(page);
  await page.locator('button[data-boots="03-no-stack"]').click();
  await expect(machine.getByText('Experiment:')).toBeVisible();
  await expect(machine).toHaveAttribute('data-state', /halted|crashed/);
  await button('Back to the healthy kernel').click();
  await expect(machine.getByText('Experiment:')).toBeHidden();
  await expect(machine).toHaveAttribute('data-state', 'halted');
  expect(await screenText(page)).toBe(recorded?.screen);
});

test('steps a hundred and ten thousand instructions', async ({ page, site }) => {
  await page.goto(site + chapter);
  const { machine, button, field } = machineOn(page);
  await button('Step 100').click();
  await expect(field('instructions')).toHaveText('100');
  await expect(machine).toHaveAttribute('data-state', 'paused');
  await button('Step 10,000').click();
  await expect(field('instructions')).toHaveText('10,100');
});

/** `f4` in a loop would halt; `eb fe` goes on for ever: `jmp $`, patched over the entry point. */
function endless(): Buffer {
  const elf = Buffer.from(kernel);
  const entry = elf.readBigUInt64LE(24);
  const headers = Number(elf.readBigUInt64LE(32));
  for (let i = 0; i < elf.readUInt16LE(56); i++) {
    const header = headers + i * elf.readUInt16LE(54);
    const [offset, address, size] = [8, 16, 32].map((at) => elf.readBigUInt64LE(header + at)) as [
      bigint,
      bigint,
      bigint,
    ];
    if (elf.readUInt32LE(header) === 1 && address <= entry && entry < address + size) {
      elf.writeUInt16LE(0xfeeb, Number(offset + entry - address));
    }
  }
  return elf;
}

test('pauses a kernel that never ends, at once, and goes on', async ({ page, site }) => {
  await page.route('**/kernel.elf', (route) => route.fulfill({ body: endless() }));
  await page.goto(site + chapter);
  const { machine, button, field } = machineOn(page);
  await button('Run').click();
  await expect(machine).toHaveAttribute('data-state', 'running');
  await expect(button('Run')).toBeDisabled();
  await button('Pause').click();
  await expect(machine).toHaveAttribute('data-state', 'paused');
  const executed = Number(((await field('instructions').textContent()) ?? '').replaceAll(',', ''));
  expect(executed).toBeGreaterThan(0);
  await button('Run').click();
  await expect(machine).toHaveAttribute('data-state', 'running');
  await button('Reset').click();
  await expect(machine).toHaveAttribute('data-state', 'paused');
  await expect(field('instructions')).toHaveText('0');
});

test('virtual time never passes faster than the time on the wall', async ({ page, site }) => {
  await page.route('**/kernel.elf', (route) => route.fulfill({ body: endless() }));
  await page.goto(site + chapter);
  const { machine, button, field } = machineOn(page);
  const start = performance.now();
  await button('Run').click();
  await expect(machine).toHaveAttribute('data-state', 'running');
  await expect
    .poll(async () => Number((await field('instructions').textContent())?.replaceAll(',', '')))
    .toBeGreaterThan(10_000_000);
  await button('Pause').click();
  await expect(machine).toHaveAttribute('data-state', 'paused');
  const wall = performance.now() - start;
  const executed = Number(((await field('instructions').textContent()) ?? '').replaceAll(',', ''));
  // 100 million instruction times a virtual second, and the lead of a fiftieth.
  expect(executed).toBeLessThanOrEqual((wall + 20) * 100_000);
});

/** What a browser does when the reader turns to another tab and back. */
async function turnAway(page: Page, away: boolean): Promise<void> {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event('visibilitychange'));
  }, away);
}

test('a hidden page pauses its machine, and goes on when it is seen again', async ({ page, site }) => {
  await page.route('**/kernel.elf', (route) => route.fulfill({ body: endless() }));
  await page.goto(site + chapter);
  const { machine, button } = machineOn(page);
  await button('Run').click();
  await expect(machine).toHaveAttribute('data-state', 'running');
  await turnAway(page, true);
  await expect(machine).toHaveAttribute('data-state', 'paused');
  await turnAway(page, false);
  await expect(machine).toHaveAttribute('data-state', 'running');
  // Who has paused it himself finds it so.
  await button('Pause').click();
  await expect(machine).toHaveAttribute('data-state', 'paused');
  await turnAway(page, true);
  await turnAway(page, false);
  await button('Step 100').click();
  await expect(machine).toHaveAttribute('data-state', 'paused');
});

test('one machine at a time runs', async ({ page, site }) => {
  await page.route('**/kernel.elf', (route) => route.fulfill({ body: endless() }));
  await page.goto(site + chapter);
  await page.evaluate(async () => {
    // A second panel from the page's own markup, before it came to life.
    const html = await (await fetch(location.href)).text();
    const parsed = new DOMParser().parseFromString(html, 'text/html');
    document.querySelector('main')?.prepend(document.importNode(parsed.querySelector('toy-machine')!, true));
  });
  const [first, second] = [page.locator('toy-machine').first(), page.locator('toy-machine').last()];
  await first.getByRole('button', { name: 'Run' }).click();
  await expect(first).toHaveAttribute('data-state', 'running');
  await second.getByRole('button', { name: 'Run' }).click();
  await expect(second).toHaveAttribute('data-state', 'running');
  await expect(first).toHaveAttribute('data-state', 'paused');
});

test('a phone shows a bar that opens to a sheet', async ({ page, site }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(site + chapter);
  const { machine, screen, button } = machineOn(page);
  await expect(screen).toBeHidden();
  await expect(button('Run')).toBeInViewport();
  const toggle = machine.getByRole('button', { name: 'Machine panel' });
  await toggle.click();
  await expect(toggle).toHaveAttribute('aria-expanded', 'true');
  await expect(screen).toBeInViewport();
  await button('Run').click();
  await expect(machine).toHaveAttribute('data-state', 'halted');
  await page.keyboard.press('Escape');
  await expect(screen).toBeHidden();
  await expect(toggle).toBeFocused();
});

const wrongKernels: { what: string; body: Buffer | string; says: RegExp }[] = [
  { what: 'a truncated kernel file', body: kernel.subarray(0, kernel.length / 2), says: /truncated/ },
  { what: 'a file that is no kernel', body: Buffer.alloc(kernel.length, 'no kernel '), says: /ELF|header/i },
  { what: 'a header with a wrong checksum', body: wrongChecksum(), says: /checksum/ },
];

function wrongChecksum(): Buffer {
  const elf = Buffer.from(kernel);
  const magic = elf.indexOf(Buffer.from([0xd6, 0x50, 0x52, 0xe8]));
  elf.writeUInt32LE((elf.readUInt32LE(magic + 12) + 1) >>> 0, magic + 12);
  return elf;
}

for (const { what, body, says } of wrongKernels) {
  test(`says what is wrong with ${what}`, async ({ page, site }) => {
    await page.route('**/kernel.elf', (route) => route.fulfill({ body }));
    await page.goto(site + chapter);
    const { machine, button, alert } = machineOn(page);
    await button('Run').click();
    await expect(alert).toContainText(says);
    await expect(alert).not.toContainText(/\bat .*\.(ts|js):\d+|Error:/);
    await expect(machine).toHaveAttribute('data-state', /idle|crashed/);
    await page.unroute('**/kernel.elf');
    await button('Run').click();
    await expect(machine).toHaveAttribute('data-state', 'halted');
    await expect(alert).toBeEmpty();
  });
}

test('says that a checkpoint is missing', async ({ page, site, watch }) => {
  watch.expectedComplaints.push(/404 \(Not Found\)/);
  await page.route('**/kernel.elf', (route) => route.fulfill({ status: 404, body: 'no' }));
  await page.goto(site + chapter);
  const { machine, button, alert } = machineOn(page);
  await button('Run').click();
  await expect(alert).toContainText(/03-bootloader could not be loaded.*404/);
  await expect(machine).toHaveAttribute('data-state', 'idle');
});

test('says that the server does not answer', async ({ page, site, watch }) => {
  watch.expectedComplaints.push(/ERR_FAILED/);
  await page.route('**/kernel.elf', (route) => route.abort());
  await page.goto(site + chapter);
  const { machine, button, alert } = machineOn(page);
  await button('Run').click();
  await expect(alert).toContainText('does not answer');
  await expect(machine).toHaveAttribute('data-state', 'idle');
});

test('says that the emulator itself cannot be loaded', async ({ page, site, watch }) => {
  watch.expectedComplaints.push(/404 \(Not Found\)/);
  await page.route('**/worker-*.js', (route) => route.fulfill({ status: 404, body: 'no' }));
  await page.goto(site + chapter);
  const { machine, button, alert } = machineOn(page);
  await button('Run').click();
  await expect(alert).toContainText('worker could not be started');
  await expect(machine).toHaveAttribute('data-state', 'crashed');
  await button('Reset').click();
  await expect(machine).toHaveAttribute('data-state', 'idle');
  await expect(alert).toBeEmpty();
});
