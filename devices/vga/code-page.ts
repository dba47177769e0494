// Code page 437, the characters of a PC's text screen, as Unicode.

const LOW = "\0☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼";
const HIGH =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";

/** Unicode of each of the 256 characters; 0 shows as a blank, as it does on a screen. */
const CODE_PAGE_437: readonly string[] = [...LOW, ...ascii(), "⌂", ...HIGH].map((character) => (character === "\0" ? " " : character));

/** A row of the screen as text. */
export function decodeText(characters: readonly number[]): string {
  return characters.map((character) => CODE_PAGE_437[character]).join("");
}

function ascii(): string[] {
  return Array.from({ length: 0x7f - 0x20 }, (_, index) => String.fromCharCode(0x20 + index));
}
