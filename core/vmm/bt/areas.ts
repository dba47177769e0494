// What the VMM's window has on the road bt: descriptor tables, the state segment, and the translation cache.
import { type WindowArea, windowPages } from "../trap/window.js";
import { STATE_SIZE } from "./state.js";

const PAGE = 4096;
/** 4 MiB, with what else lies in the window. */
export const CACHE_PAGES = 893;

export const AREAS: readonly WindowArea[] = [
  { pages: 1, writable: false },
  { pages: Math.ceil(STATE_SIZE / PAGE), writable: true },
  { pages: CACHE_PAGES, writable: false },
];

/** Host pages that the road's window takes. */
export const BT_WINDOW_PAGES = windowPages(AREAS);
