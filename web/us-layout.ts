// Characters to keys of a US keyboard, by KeyboardEvent.code.

export interface KeyMove {
  readonly code: string;
  readonly down: boolean;
}

const SYMBOLS: Readonly<Record<string, readonly [plain: string, shifted: string]>> = {
  Digit1: ["1", "!"],
  Digit2: ["2", "@"],
  Digit3: ["3", "#"],
  Digit4: ["4", "$"],
  Digit5: ["5", "%"],
  Digit6: ["6", "^"],
  Digit7: ["7", "&"],
  Digit8: ["8", "*"],
  Digit9: ["9", "("],
  Digit0: ["0", ")"],
  Minus: ["-", "_"],
  Equal: ["=", "+"],
  BracketLeft: ["[", "{"],
  BracketRight: ["]", "}"],
  Backslash: ["\\", "|"],
  Semicolon: [";", ":"],
  Quote: ["'", '"'],
  Backquote: ["`", "~"],
  Comma: [",", "<"],
  Period: [".", ">"],
  Slash: ["/", "?"],
  Space: [" ", ""],
  Enter: ["\n", ""],
  Tab: ["\t", ""],
  Backspace: ["\b", ""],
};

const KEYS = new Map<string, { code: string; shift: boolean }>();
for (const [code, [plain, shifted]] of Object.entries(SYMBOLS)) {
  KEYS.set(plain, { code, shift: false });
  if (shifted) KEYS.set(shifted, { code, shift: true });
}
for (const letter of "abcdefghijklmnopqrstuvwxyz") {
  const code = `Key${letter.toUpperCase()}`;
  KEYS.set(letter, { code, shift: false });
  KEYS.set(letter.toUpperCase(), { code, shift: true });
}

/** The presses and releases that type `text`. Characters that a US keyboard does not have are left out. */
export function keysFor(text: string): KeyMove[] {
  return [...text].flatMap((character) => {
    const key = KEYS.get(character);
    if (!key) return [];
    const strokes: KeyMove[] = [
      { code: key.code, down: true },
      { code: key.code, down: false },
    ];
    if (!key.shift) return strokes;
    return [{ code: "ShiftLeft", down: true }, ...strokes, { code: "ShiftLeft", down: false }];
  });
}
