// The one place that imports iced-x86. The npm package is a CommonJS build that reads its wasm file with `fs`; in a browser the page's
// bundler rewrites it (web/iced-plugin.js).

export {
  Code,
  CodeExt,
  Encoder,
  EncodingKind,
  Instruction,
  MandatoryPrefix,
  MemorySize,
  MemorySizeExt,
  Mnemonic,
  type OpCodeInfo,
  OpCodeOperandKind,
  OpKind,
  Register,
  RoundingControl,
} from "iced-x86";
