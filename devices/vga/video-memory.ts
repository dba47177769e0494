// Video memory, owned by whoever maps it for the processor. Its first 256 KiB are also the four planes, interleaved:
// byte 4 n + p is plane p at address n.

export interface VideoMemory {
  /** A multiple of 64 KiB, at least 256 KiB, starting at a multiple of 4 in its buffer. */
  readonly bytes: Uint8Array;
  /** Numbers of 4 KiB pages written through the linear framebuffer since the last call; undefined: not known, take all. */
  takeDirtyPages(): Iterable<number> | undefined;
}

export const VIDEO_PAGE = 4096;

/** Video memory in an array of its own, for boards whose processor reaches the framebuffer through region(). */
export function plainVideoMemory(size: number): VideoMemory {
  return { bytes: new Uint8Array(size), takeDirtyPages: () => undefined };
}
