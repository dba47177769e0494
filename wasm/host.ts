// What the processor asks of its host. Implemented by core/cpu; nothing else crosses the boundary.

/** Port read of 1, 2 or 4 bytes. */
export declare function portIn(port: i32, size: i32): i32;
/** Port write of 1, 2 or 4 bytes. */
export declare function portOut(port: i32, value: i32, size: i32): void;
/** Memory-mapped read of 1, 2 or 4 bytes at a guest-physical address. */
export declare function mmioRead(address: i32, size: i32): i32;
export declare function mmioWrite(address: i32, value: i32, size: i32): void;
/** Interrupt acknowledge cycle: the vector (0-255), or -1 if the request has gone. */
export declare function interruptAcknowledge(): i32;
/** Time-stamp counter before TSC_OFFSET. */
export declare function timeStamp(): f64;
/** An x87 error while CR0.NE is clear: FERR#, which a PC wires to IRQ 13. */
export declare function floatingPointError(): void;
/** The micro-ops of a decoded page that regions were made from are gone; with 0, those of all pages. */
export declare function regionsDropped(descriptor: i32): void;
/** A model-specific register was written that others have to know of: the local APIC's base; with FEATURE_KVM, the time-stamp counter. */
export declare function msrWritten(index: i32, value: i64): void;
/** A register of the hypervisor (FEATURE_KVM): its value, or a negative number if there is no such register. */
export declare function hypervisorMsrRead(index: i32): i64;
/** 0 if there is no such register or it can not have this value. */
export declare function hypervisorMsrWrite(index: i32, value: i64): i32;
