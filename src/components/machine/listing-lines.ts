/**
 * Listing lines that have code in the page's kernel can be run to. Each listing has one button, which stands at the line
 * under the pointer, or goes from line to line by the arrow keys.
 */

export interface LineOfListing {
  listing: string;
  line: number;
  experiment: string | null;
}

/** @param chosen is called with the line that is to come next */
export function makeLinesRunnable(chosen: (line: LineOfListing) => void): void {
  for (const listing of document.querySelectorAll<HTMLElement>('figure.listing')) {
    const lines = [...listing.querySelectorAll<HTMLElement>('.ec-line[data-has-code]')];
    const [first] = lines;
    if (first) furnish(listing, lines, first, chosen);
  }
}

function furnish(
  listing: HTMLElement,
  lines: HTMLElement[],
  first: HTMLElement,
  chosen: (line: LineOfListing) => void,
): void {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'run-to';
  const file = listing.querySelector('.title')?.textContent ?? '';
  const moveTo = (line: HTMLElement) => {
    const number = line.querySelector('.ln')?.textContent ?? '';
    button.ariaLabel = `Run to line ${number} of ${file}`;
    button.title = button.ariaLabel;
    line.prepend(button);
  };
  const current = () => lines.indexOf(button.parentElement as HTMLElement);
  moveTo(first);
  listing.addEventListener('pointerover', (event) => {
    const line = (event.target as Element).closest<HTMLElement>('.ec-line[data-has-code]');
    if (line && line !== button.parentElement && document.activeElement !== button) moveTo(line);
  });
  button.addEventListener('keydown', (event) => {
    const next = lines[current() + (event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : Number.NaN)];
    if (!next) return;
    event.preventDefault();
    moveTo(next);
    button.focus();
    next.scrollIntoView({ block: 'nearest' });
  });
  button.addEventListener('click', () => {
    const line = lines[current()];
    if (!line) return;
    chosen({ listing: listing.id, line: Number(line.dataset.line), experiment: listing.dataset.experiment ?? null });
  });
}
