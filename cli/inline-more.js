// Transform for asc: lets Binaryen inline more than asc's own limits do. V8 inlines no WebAssembly call, and each costs about 3 ns, which
// system instructions and TLB misses pay a dozen times.
import { Module } from "assemblyscript/dist/assemblyscript.js";

/** Sizes in Binaryen's units: functions that are always inlined, those inlined where that helps, and those with one caller. */
const LIMITS = { AlwaysInlineMaxSize: 100, FlexibleInlineMaxSize: 300, OneCallerInlineMaxSize: 5000 };

for (const [name, limit] of Object.entries(LIMITS)) {
  const set = Module.prototype[`set${name}`];
  Module.prototype[`set${name}`] = function () {
    set.call(this, limit);
  };
}

export default class InlineMore {}
