// A line of the monitor in words: separated by spaces; in double quotes a word may have spaces, and \" and \\.
import { UserError } from "../user-error.js";

const WORD = /\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"]\S*))(?=\s|$)/y;

/** Throws UserError. */
export function splitLine(line: string): string[] {
  const words: string[] = [];
  WORD.lastIndex = 0;
  for (let at = 0; line.slice(at).trim() !== ""; at = WORD.lastIndex) {
    const match = WORD.exec(line);
    if (!match) throw new UserError(`the quotes in ${line.trim()} are not closed, or something follows them`);
    words.push(match[2] ?? match[1]!.replaceAll(/\\(.)/g, "$1"));
  }
  return words;
}
