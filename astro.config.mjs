import mdx from '@astrojs/mdx';
import starlight from '@astrojs/starlight';
import { defineConfig } from 'astro/config';
import starlightLinksValidator from 'starlight-links-validator';
import { editions } from './scripts/editions/integration.ts';
import { bookMarkdown } from './src/plugins/book-markdown.ts';
import { linkerScript } from './src/plugins/linker-script-grammar.ts';
import { pluginListingFrames } from './src/plugins/listing-frames.ts';
import { offlinePlatform } from './src/plugins/offline-platform.ts';
import { codeThemes } from './src/styles/code-themes.ts';

/** Set by `scripts/build-offline.ts`: where the folder goes that opens by double click, from `file://`. */
const offline = process.env.BOOK_OFFLINE;

export default defineConfig({
  base: process.env.BASE_PATH ?? '/',
  outDir: offline ?? './dist',
  trailingSlash: offline ? 'ignore' : 'always',
  build: offline ? { format: 'file', inlineStylesheets: 'never' } : {},
  devToolbar: { enabled: false },
  integrations: [
    bookMarkdown(),
    starlight({
      title: 'Writing a Toy OS in Rust',
      description: 'A book that runs: every chapter’s kernel boots in the page, beside the text that builds it.',
      favicon: '/favicon.svg',
      customCss: [
        './src/styles/fonts.css',
        './src/styles/palette.css',
        './src/styles/type.css',
        './src/styles/frame.css',
        './src/styles/listing.css',
        './src/styles/print.css',
      ],
      components: {
        PageSidebar: './src/components/starlight/PageSidebar.astro',
        PageTitle: './src/components/starlight/PageTitle.astro',
        TwoColumnContent: './src/components/starlight/TwoColumnContent.astro',
        ...(offline ? { Search: './src/components/search/OfflineSearch.astro' } : {}),
      },
      sidebar: [
        { label: 'Chapters', items: [{ autogenerate: { directory: 'chapters' } }] },
        { label: 'The book', items: [{ label: 'The complete source', link: '/source/' }, { slug: 'colophon' }] },
        { label: 'Appendix', items: [{ autogenerate: { directory: 'appendix' } }] },
      ],
      disable404Route: true,
      pagefind: !offline,
      // The links of the offline folder are checked where they are rewritten.
      plugins: offline ? [] : [starlightLinksValidator({ errorOnRelativeLinks: false })],
      expressiveCode: {
        themes: codeThemes,
        useStarlightUiThemeColors: false,
        shiki: { langs: [linkerScript], langAlias: { s: 'asm', gas: 'asm' } },
        plugins: [pluginListingFrames()],
        styleOverrides: {
          borderColor: 'var(--book-rule)',
          borderRadius: '3px',
          codeFontFamily: 'var(--sl-font-mono)',
          codeFontSize: 'var(--book-code-size)',
          codeLineHeight: '1.5',
          codePaddingBlock: '0.7rem',
          codePaddingInline: '0.9rem',
          uiFontFamily: 'var(--sl-font-mono)',
          uiFontSize: '0.78rem',
          frames: { frameBoxShadowCssValue: 'none', terminalTitlebarDotsOpacity: '0.35' },
        },
      },
    }),
    mdx(),
    ...(offline ? [] : [editions()]),
  ],
  vite: {
    plugins: offline ? [offlinePlatform()] : [],
    worker: { format: offline ? 'iife' : 'es' },
    build: offline ? { assetsInlineLimit: 0, modulePreload: false } : {},
  },
});
