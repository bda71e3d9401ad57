/** The book's own code colours: ink and iron oxide by day, amber phosphor by night. */

import type { ThemeRegistrationRaw } from 'shiki';

interface Inks {
  paper: string;
  text: string;
  rule: string;
  faint: string;
  keyword: string;
  string: string;
  number: string;
  callable: string;
  type: string;
  comment: string;
  attribute: string;
  added: string;
  removed: string;
}

const day: Inks = {
  paper: '#fdfaf2',
  text: '#2a231a',
  rule: '#dccfb8',
  faint: '#665a44',
  keyword: '#9a3412',
  string: '#4a6117',
  number: '#145c6e',
  callable: '#27457d',
  type: '#6f3a74',
  comment: '#695d46',
  attribute: '#805600',
  added: '#43611a',
  removed: '#a32d1d',
};

const night: Inks = {
  paper: '#1f1b15',
  text: '#dfd5c3',
  rule: '#3a3328',
  faint: '#9c917b',
  keyword: '#f0a757',
  string: '#b5bf73',
  number: '#86c1c4',
  callable: '#e8d293',
  type: '#d0a3cf',
  comment: '#a3977f',
  attribute: '#cfa26a',
  added: '#9fbf6b',
  removed: '#e58a73',
};

const ink = (scope: string[], foreground: string, fontStyle?: string) => ({
  scope,
  settings: fontStyle ? { foreground, fontStyle } : { foreground },
});

function theme(name: string, type: 'light' | 'dark', inks: Inks): ThemeRegistrationRaw {
  return {
    name,
    type,
    colors: {
      'editor.background': inks.paper,
      'editor.foreground': inks.text,
      'editorLineNumber.foreground': inks.faint,
      'editorGroupHeader.tabsBackground': inks.paper,
      'editorGroupHeader.tabsBorder': inks.rule,
      'tab.activeBackground': inks.paper,
      'tab.activeForeground': inks.text,
      'tab.activeBorder': '#00000000',
      'tab.activeBorderTop': inks.keyword,
      'titleBar.activeBackground': inks.paper,
      'titleBar.activeForeground': inks.faint,
      'titleBar.border': inks.rule,
      'terminal.background': inks.paper,
      'terminal.foreground': inks.text,
      focusBorder: inks.keyword,
    },
    settings: [
      { settings: { foreground: inks.text, background: inks.paper } },
      ink(['comment', 'punctuation.definition.comment'], inks.comment, 'italic'),
      ink(['keyword', 'storage', 'keyword.operator.logical', 'support.function.directive'], inks.keyword),
      ink(['keyword.operator', 'punctuation', 'meta.brace'], inks.text),
      ink(['string', 'punctuation.definition.string', 'constant.character'], inks.string),
      ink(['constant.numeric', 'constant.language', 'constant.other', 'variable.parameter.register'], inks.number),
      ink(['entity.name.function', 'support.function', 'entity.name.label'], inks.callable),
      ink(['entity.name.type', 'entity.name.class', 'support.type', 'entity.name.module'], inks.type),
      ink(
        ['meta.attribute', 'entity.name.function.macro', 'support.macro', 'entity.other.attribute-name'],
        inks.attribute,
      ),
      ink(['entity.name.section', 'support.type.property-name', 'entity.name.tag'], inks.type),
      ink(['markup.inserted'], inks.added),
      ink(['markup.deleted'], inks.removed),
    ],
  };
}

export const dayTheme = theme('iron-oxide', 'light', day);
export const nightTheme = theme('amber-phosphor', 'dark', night);

/** Dark first: Starlight's first theme is the one without a `data-theme` attribute. */
export const codeThemes = [nightTheme, dayTheme];
