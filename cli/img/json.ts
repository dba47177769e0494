// JSON as QEMU prints it: four spaces, ASCII only, an empty list over two lines.

export type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json | undefined };

function quoted(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`);
}

function block(open: string, lines: readonly string[], close: string, indent: string): string {
  const inner = lines.map((line) => `${indent}    ${line}`).join(",\n");
  return `${open}\n${inner}${lines.length > 0 ? "\n" : ""}${indent}${close}`;
}

function print(value: Json, indent: string): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value !== "object") return String(value);
  const deeper = `${indent}    `;
  if (Array.isArray(value)) {
    return block(
      "[",
      value.map((item: Json) => print(item, deeper)),
      "]",
      indent,
    );
  }
  const lines = Object.entries(value).flatMap(([key, item]) => (item === undefined ? [] : [`${quoted(key)}: ${print(item, deeper)}`]));
  return block("{", lines, "}", indent);
}

/** With a newline behind. Keys come in the order that they have; those without a value are left out. */
export function jsonText(value: Json): string {
  return `${print(value, "")}\n`;
}
