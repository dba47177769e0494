import { make } from "./dom.js";

/** How long the browser has to begin, in milliseconds. */
const PATIENCE = 60_000;

/** Give a file to the visitor. */
export function download(contents: Blob, name: string): void {
  const url = URL.createObjectURL(contents);
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), PATIENCE);
}
