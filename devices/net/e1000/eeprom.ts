// What Intel wrote into the 82540EM's EEPROM. Software Developer's Manual (8254x) 5.6 "EEPROM Address Map".

import { EEPROM_WORDS, macWords } from "../microwire-eeprom.js";

/** All words with the last one add up to this. */
export const EEPROM_SUM = 0xbaba;

export function eepromImage(mac: Uint8Array, device: number, vendor: number): Uint16Array {
  const words = new Uint16Array(EEPROM_WORDS);
  words.set(macWords(mac));
  words.fill(0xffff, 4, 8);
  // Initialization control 1: PCI identity is loaded from here. Then subsystem, its vendor, device, vendor, and initialization control 2.
  words.set([0x4408, 0x001e, vendor, device, vendor, 0x3040], 0x0a);
  words.fill(0xffff, 0x30, EEPROM_WORDS - 1);
  words[EEPROM_WORDS - 1] = EEPROM_SUM - words.reduce((total, word) => total + word, 0);
  return words;
}
