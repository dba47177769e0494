export {
  type AssembledSymbol,
  type AssembleOptions,
  type Assembly,
  assemble,
  type ListingLine,
} from "./assembler.js";
export { AssemblyError, type Diagnostic, formatDiagnostic } from "./source.js";
