// The npm package iced-x86 is a CommonJS build that reads its WebAssembly file with `fs`. This vite plugin rewrites its glue, as it is
// read, into an ES module that fetches the file from the page's own origin; nothing of the package is copied into this repository.
const GLUE = /iced-x86[\\/]iced_x86\.js$/;

const START = /const path = require\('path'\)[\s\S]*$/;
const IMPORTS = "imports['__wbindgen_placeholder__'] = module.exports;";
const TEXT_CODERS = "const { TextDecoder, TextEncoder } = require(`util`);";

const LOAD = `
const response = await fetch(new URL("./iced_x86_bg.wasm", import.meta.url));
wasm = (await WebAssembly.instantiate(await response.arrayBuffer(), imports)).instance.exports;
`;

/** The same source as an ES module. Throws if the package no longer looks as it did in 1.21, so that an update is noticed. */
export function toModule(source) {
  for (const part of [IMPORTS, TEXT_CODERS]) if (!source.includes(part)) throw new Error(`iced-x86: expected "${part}"`);
  if (!START.test(source)) throw new Error("iced-x86: expected the lines that load its WebAssembly file");
  const module = source
    .replace(START, LOAD)
    .replace(IMPORTS, "const placeholder = (imports['__wbindgen_placeholder__'] = {});")
    .replace(TEXT_CODERS, "")
    .replace(/^module\.exports\.(__\w+) = /gm, "placeholder.$1 = ")
    .replace(/^module\.exports\.(\w+) = \1;/gm, "export { $1 };")
    .replace(/^module\.exports\.(\w+) = function/gm, "export const $1 = function")
    .replace(/^module\.exports\.(\w+) = Object\.freeze/gm, "export const $1 = /* @__PURE__ */ Object.freeze");
  if (/module\.exports|require\(/.test(module.replace(/^\s*\*.*$/gm, ""))) throw new Error("iced-x86: CommonJS is left after conversion");
  return module;
}

export function icedX86() {
  return {
    name: "iced-x86",
    enforce: "pre",
    transform: {
      filter: { id: GLUE },
      handler: (source) => ({ code: toModule(source), map: null }),
    },
  };
}
