export const isWebAddress = (name: string) => /^https?:\/\//.test(name);

/** A name that an image has of another file, as seen from where this process is. An image on a web server can not name files of this host. */
export function beside(path: string, name: string): string {
  if (isWebAddress(name)) return name;
  if (isWebAddress(path)) return new URL(name.replace(/^file:/, ""), path).href;
  return name.startsWith("/") ? name : path.slice(0, path.lastIndexOf("/") + 1) + name;
}
