/** Style sheets of the page, rewritten for the shadow root of a `<toy-machine>` on somebody else's page. */

/** An attribute selector or a pseudo-class, one level of nesting in its parentheses. */
const condition = String.raw`\[[^\]]*\]|:[\w-]+(?:\((?:[^()]|\([^()]*\))*\))?`;

/**
 * `toy-machine[a]:not([b]) .c` becomes `:host([a]:not([b])) .c`; what stood on the root element stands on the host. What
 * the host itself looks like is important: else a page's rule for everything would win over it.
 */
export function forHost(css: string): string {
  return css
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(new RegExp(String.raw`(?<![\w-])(?:toy-machine|:root)((?:${condition})*)`, 'g'), (_, conditions) =>
      conditions ? `:host(${conditions})` : ':host',
    )
    .replaceAll(/(?<=(?:^|\})\s*):host \{[^}]*\}/g, (rule) =>
      rule.replaceAll(/^(\s*[a-z][^;]*);$/gm, '$1 !important;'),
    );
}
