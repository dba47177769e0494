// generated/sources.ts: every guest's source text as one module, because Node and a bundler share no way to read a text file.

/** The text of generated/sources.ts for these files (path below guests/, text). */
export function sourceModule(files: Readonly<Record<string, string>>): string {
  const entries = Object.keys(files)
    .sort()
    .map((path) => `  ${key(path)}: \`\n${escapeTemplate(files[path]!)}\`.slice(1),\n`);
  const head = "// Generated from guests/**/*.asm: `npm run generate` writes it anew. Do not edit.\n\n";
  return `${head}export const SOURCES: Readonly<Record<string, string>> = {\n${entries.join("")}};\n`;
}

/** Written plainly, one name would set the object's prototype. */
function key(path: string): string {
  return path === "__proto__" ? `["${path}"]` : JSON.stringify(path);
}

function escapeTemplate(text: string): string {
  return text.replaceAll(/[\\`]|\$\{/g, "\\$&");
}
