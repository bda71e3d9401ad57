/** GNU ld's linker scripts, as far as a kernel's needs go; Shiki brings no grammar for them. */

import type { LanguageRegistration } from 'shiki';

export const linkerScript: LanguageRegistration = {
  name: 'ld',
  aliases: ['linker-script'],
  scopeName: 'source.ld',
  patterns: [
    { name: 'comment.block.ld', begin: '/\\*', end: '\\*/' },
    { name: 'string.quoted.double.ld', match: '"[^"]*"' },
    {
      name: 'keyword.control.ld',
      match:
        '\\b(ENTRY|SECTIONS|MEMORY|PHDRS|OUTPUT_FORMAT|OUTPUT_ARCH|INCLUDE|ASSERT|PROVIDE|PROVIDE_HIDDEN|EXTERN)\\b',
    },
    {
      name: 'support.function.ld',
      match:
        '\\b(ALIGN|KEEP|SIZEOF|SIZEOF_HEADERS|ADDR|LOADADDR|AT|ABSOLUTE|MAX|MIN|SORT|DEFINED|CONSTANT|BYTE|SHORT|LONG|QUAD|NOLOAD|COMMON)\\b',
    },
    { name: 'constant.numeric.ld', match: '\\b(0[xX][0-9a-fA-F]+|[0-9]+)[KM]?\\b' },
    { name: 'entity.name.section.ld', match: '(?<![\\w)])\\.[A-Za-z_][\\w.]*\\*?|/DISCARD/' },
    { name: 'keyword.operator.ld', match: '[-+*/&|=<>!:?.]' },
  ],
  repository: {},
};
