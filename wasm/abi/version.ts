// Version of everything in wasm/abi. The module exports it as abiVersion(); core/cpu compares at load.

/** Raise this by one when a layout, an offset or a meaning in wasm/abi changes. */
export const ABI_VERSION: i32 = 6;
