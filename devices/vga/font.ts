// The 8 x 16 text font of this project, drawn with strokes for it: what a screen shows before a video BIOS or a guest loads another.
// ASCII, box drawing, blocks and some symbols and accented letters of code page 437; the rest shows as a hollow box.
//
// A glyph is strokes between points of a grid 6 wide (0-5) and 13 high (0-9 and a-c: cap height 0, x-height 3, baseline 9), each point
// two digits, x then y; strokes are separated by blanks. Every stroke is drawn two dots wide.

export const FONT_HEIGHT = 16;

const GRID_TOP = 2;
const HOLLOW = "00505a0a00";

const ASCII_GLYPHS: readonly string[] = [
  // space ! " # $ % & ' ( ) * + , - . /
  ...["", "2026 2829", "1013 4043", "1118 4148 0353 0656", "524111020314445557481807 2021 2829", "0010120200 4757594947 5108"],
  ...["591411203041430608193956", "2023", "40222749", "10323719", "2227 0356 0653", "2228 0555", "28291b", "0555", "2829", "5009"],
  // 0-9
  ...["104051584919080110 2425", "022029 0959", "01104051530959", "01104051534424 445558491908", "400656 4049", "500004445558491908"],
  ...["5140100108194958554404", "0050512529", "104051534414030110 1405081949585544", "0819495851401001041555"],
  // : ; < = > ? @
  ...["2324 2829", "2324 28291b", "410549", "0454 0757", "015509", "01104051532526 2829", "4919080110405156363353"],
  // A-Z
  ...["090320305359 0656", "0009 004051534404 4455584909", "5140100108194958", "00093957523000", "50000959 0444", "500009 0444"],
  ...["51401001081949585535", "0009 5059 0454", "1040 2029 1949", "505849190807", "0009 5005 1459", "000959", "090024345059", "09005950"],
  ...["104051584919080110", "09004051544505", "104051584919080110 365a", "09004051544505 2559", "514010010314445558491908", "0050 2029"],
  ...["000819495850", "000529395550", "000925355950", "0059 5009", "0024 5034 2429", "00500959"],
  // [ \ ] ^ _ `
  ...["40202949", "0059", "10303919", "03203053", "0b5b", "1032"],
  // a-z
  ...["13435459 56160708194958", "0009 0413435458491908", "5443130408194958", "5059 5443130408194958", "06565443130408194958"],
  ...["5140302129 0343", "5443130407184857 535b4c1c0b", "0009 0413435459", "2021 132329 1949", "3031 23333b2c1c0b", "0009 5307 1659"],
  ...["102029 1949", "0903435459 2429", "0309 0413435459", "134354584919080413", "030c 0413435458491908", "535c 5443130408194958"],
  ...["0309 05234354", "544313040516465758491908", "2028394958 0343", "0308194958 5359", "030529395553", "030926365953", "0359 5309"],
  ...["0307184857 535b4c1c0b", "03530959"],
  // { | } ~ and the house
  ...["5040313415 1536384959", "202b", "0010212435 3526281909", "051424354554", "090420305459 0959"],
];

const SYMBOLS: Readonly<Record<number, string>> = {
  0: "",
  4: "2255280522",
  7: "2426 3436",
  16: "01095501",
  17: "51590551",
  24: "2129 0421 2154",
  25: "2129 0529 2955",
  26: "0555 3255 3855",
  27: "0555 2205 2805",
  156: "5140302129 0444 0959",
  157: "0024 5034 2429 0555 0757",
  174: "230527 533557",
  175: "032507 335537",
  241: "2127 0454 0959",
  246: "0555 2222 2828",
  248: "1030331310",
  249: "2526",
  250: "2525",
  251: "062950",
  254: "1444 1545 1646 1747",
  255: "",
};

const ACUTE = "4031";
const GRAVE = "1021";
const CIRCUMFLEX = "11203041";
const DIAERESIS = "1011 4041";
const TILDE = "01102140";
const DOTLESS_I = "132329 1949";
/** Letters of code page 437 that are a small letter and a mark. */
const ACCENTED: Readonly<Record<number, readonly [letter: string, mark: string]>> = {
  129: ["u", DIAERESIS],
  130: ["e", ACUTE],
  131: ["a", CIRCUMFLEX],
  132: ["a", DIAERESIS],
  133: ["a", GRAVE],
  134: ["a", "2030312120"],
  135: ["c", "292b1c"],
  136: ["e", CIRCUMFLEX],
  137: ["e", DIAERESIS],
  138: ["e", GRAVE],
  147: ["o", CIRCUMFLEX],
  148: ["o", DIAERESIS],
  149: ["o", GRAVE],
  150: ["u", CIRCUMFLEX],
  151: ["u", GRAVE],
  152: ["y", DIAERESIS],
  160: ["a", ACUTE],
  162: ["o", ACUTE],
  163: ["u", ACUTE],
  164: ["n", TILDE],
};
const DOTLESS: Readonly<Record<number, string>> = { 139: DIAERESIS, 140: CIRCUMFLEX, 141: GRAVE, 161: ACUTE };

/** Box drawing from B3 on: lines (0, 1 or 2) up, down, left, right. */
const FIRST_BOX = 0xb3;
const BOXES = (
  "1100 1110 1120 2210 0210 0120 2220 2200 0220 2020 2010 1020 0110 1001 1011 0111 1101 0011 1111 1102 " +
  "2201 2002 0202 2022 0222 2202 0022 2222 1022 2011 0122 0211 2001 1002 0102 0201 2211 1122 1010 0101"
).split(" ");

function buildFont(): Uint8Array {
  const font = new Uint8Array(256 * FONT_HEIGHT);
  for (let character = 0; character < 256; character++) {
    font.set(drawStrokes(strokesOf(character)), character * FONT_HEIGHT);
  }
  BOXES.forEach((arms, index) => {
    font.set(drawBox([...arms].map(Number)), (FIRST_BOX + index) * FONT_HEIGHT);
  });
  for (const [character, pattern] of BLOCKS) {
    font.set(
      Array.from({ length: FONT_HEIGHT }, (_, row) => pattern(row)),
      character * FONT_HEIGHT,
    );
  }
  return font;
}

const BLOCKS: readonly (readonly [number, (row: number) => number])[] = [
  [0xb0, (row) => [0x88, 0x22][row & 1]!],
  [0xb1, (row) => [0xaa, 0x55][row & 1]!],
  [0xb2, (row) => [0x77, 0xdd][row & 1]!],
  [0xdb, () => 0xff],
  [0xdc, (row) => (row >= 8 ? 0xff : 0)],
  [0xdd, () => 0xf0],
  [0xde, () => 0x0f],
  [0xdf, (row) => (row < 8 ? 0xff : 0)],
];

function strokesOf(character: number): string {
  if (character in SYMBOLS) return SYMBOLS[character]!;
  if (character in DOTLESS) return `${DOTLESS_I} ${DOTLESS[character]}`;
  const accented = ACCENTED[character];
  if (accented) return `${ASCII_GLYPHS[accented[0].charCodeAt(0) - 0x20]} ${accented[1]}`;
  return ASCII_GLYPHS[character - 0x20] ?? HOLLOW;
}

function drawStrokes(strokes: string): Uint8Array {
  const rows = new Uint8Array(FONT_HEIGHT);
  for (const stroke of strokes.split(" ")) {
    const points = (stroke.match(/../g) ?? []).map((point) => [Number.parseInt(point[0]!, 16), Number.parseInt(point[1]!, 16)] as const);
    points.forEach((point, index) => {
      drawLine(rows, points[Math.max(0, index - 1)]!, point);
    });
  }
  return rows.map((row) => row | (row >> 1));
}

function drawLine(rows: Uint8Array, [x0, y0]: readonly [number, number], [x1, y1]: readonly [number, number]): void {
  const steps = Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0), 1);
  for (let step = 0; step <= steps; step++) {
    const x = Math.round(x0 + ((x1 - x0) * step) / steps);
    const y = Math.round(y0 + ((y1 - y0) * step) / steps);
    rows[GRID_TOP + y]! |= 0x80 >> x;
  }
}

/** Where a pair of lines or a single one crosses the middle: first and last dot of each. */
interface Axis {
  readonly single: readonly [number, number];
  readonly double: readonly [number, number];
  readonly end: number;
}
const ACROSS: Axis = { single: [3, 4], double: [2, 5], end: 7 };
const DOWN: Axis = { single: [7, 8], double: [6, 9], end: 15 };

function drawBox([up, down, left, right]: readonly number[]): Uint8Array {
  const rows = new Uint8Array(FONT_HEIGHT);
  drawArms(up!, down!, left!, right!, ACROSS, DOWN, (x, y) => {
    rows[y]! |= 0x80 >> x;
  });
  drawArms(left!, right!, up!, down!, DOWN, ACROSS, (y, x) => {
    rows[y]! |= 0x80 >> x;
  });
  return rows;
}

/** The two arms along one axis; `before` and `after` are the arms that cross them, at lower and higher coordinates. */
function drawArms(
  toStart: number,
  toEnd: number,
  before: number,
  after: number,
  across: Axis,
  along: Axis,
  dot: (across: number, along: number) => void,
): void {
  const crossed = Math.max(before, after);
  const [near, far] = crossed === 2 ? along.double : along.single;
  const through = toStart === 1 && toEnd === 1;
  const draw = (style: number, from: (stops: boolean) => number, to: (stops: boolean) => number) => {
    if (style === 0) return;
    (style === 2 ? across.double : across.single).forEach((at, index) => {
      // A line stops at the nearer of two crossing ones where those turn away from it: a pair's half at its own side, a single at both.
      const stops = crossed === 2 && (style === 2 ? [before, after][index] === 2 : before === 2 && after === 2 && !through);
      for (let position = from(stops); position <= to(stops); position++) dot(at, position);
    });
  };
  draw(
    toStart,
    () => 0,
    (stops) => (stops ? near : far),
  );
  draw(
    toEnd,
    (stops) => (stops ? far : near),
    () => along.end,
  );
}

/** Sixteen bytes a character, the leftmost dot in bit 7. */
export const FONT_8X16: Uint8Array = buildFont();
