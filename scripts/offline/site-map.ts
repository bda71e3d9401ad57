/** Which file of the offline folder an address of the site stands for. */

/** Written after the pages; known before. */
const writtenLater = ['search-index.js', 'checkpoints/', 'sticks/'];

export class SiteMap {
  readonly #files: Set<string>;

  /** @param files of the built folder, relative to it */
  constructor(files: readonly string[]) {
    this.#files = new Set([...files, ...writtenLater]);
  }

  /**
   * @param url as it stands in the page
   * @param page the page's file
   * @returns the file it means, with its anchor; the address itself if it leads out of the book; `null` if it leads nowhere
   */
  resolve(url: string, page: string): { file: string; hash: string } | 'outside' | null {
    if (/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(url)) return 'outside';
    const target = new URL(url, `http://book.invalid${addressOf(page)}`);
    const path = decodeURIComponent(target.pathname).slice(1);
    const bare = path.replace(/\/$/, '');
    const file = [path, `${bare}.html`, bare === '' ? 'index.html' : `${bare}/index.html`].find((name) =>
      this.#files.has(name),
    );
    return file === undefined ? null : { file, hash: target.hash };
  }
}

/** The address that the page has on a web server, against which its author wrote relative links. */
function addressOf(page: string): string {
  return page === 'index.html' ? '/' : `/${page.replace(/(\/index)?\.html$/, '')}/`;
}

/** From one file to another, both relative to the same folder. */
export function relativeAddress(from: string, to: string): string {
  const up = from.split('/').slice(0, -1);
  const down = to.split('/');
  while (up.length && up[0] === down[0]) {
    up.shift();
    down.shift();
  }
  return [...up.map(() => '..'), ...down].join('/') || './';
}
