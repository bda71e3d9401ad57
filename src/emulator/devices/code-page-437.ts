/**
 * The character set of the PC's text screen, code page 437, as Unicode. Codes 0x00, 0x20 and 0xff show nothing and are
 * blanks here; 0x01-0x1f and 0x7f show the glyphs of the character ROM. Unicode Consortium, VENDORS/MICSFT/PC/CP437.TXT
 * for 0x20-0xff; VENDORS/MISC/IBMGRAPH.TXT for the rest.
 */
const GLYPHS =
  ' ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼' +
  ' !"#$%&\'()*+,-./0123456789:;<=>?' +
  '@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_' +
  '`abcdefghijklmnopqrstuvwxyz{|}~⌂' +
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒ' +
  'áíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐' +
  '└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀' +
  'αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ';

/** Unicode character by code 0-255. */
export const CODE_PAGE_437: readonly string[] = [...GLYPHS];
