import { byId } from "./dom.js";

/** Files may be dropped anywhere on the page. */
export function acceptDrops(dropped: (files: readonly File[]) => void): void {
  const veil = byId("drop");
  let depth = 0;
  const show = (visible: boolean) => veil.classList.toggle("visible", visible);
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
  addEventListener("dragenter", (event) => {
    if (hasFiles(event)) show(++depth > 0);
  });
  addEventListener("dragleave", (event) => {
    if (hasFiles(event)) show(--depth > 0);
  });
  addEventListener("dragover", (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
  addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth = 0;
    show(false);
    dropped([...event.dataTransfer!.files]);
  });
}
