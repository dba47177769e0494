/** A name that an image has of another file, as seen from where this process is. */
export function beside(path: string, name: string): string {
  return name.startsWith("/") ? name : path.slice(0, path.lastIndexOf("/") + 1) + name;
}
