// Numbers that every virtio device shares. Virtual I/O Device (VIRTIO) Version 1.2, OASIS, chapters 2 and 6.

// "Device Status Field".
export const STATUS_ACKNOWLEDGE = 1;
export const STATUS_DRIVER = 2;
export const STATUS_DRIVER_OK = 4;
export const STATUS_FEATURES_OK = 8;
export const STATUS_NEEDS_RESET = 64;
export const STATUS_FAILED = 128;

// "Reserved Feature Bits".
export const F_ANY_LAYOUT = 1n << 27n;
export const F_INDIRECT_DESC = 1n << 28n;
export const F_EVENT_IDX = 1n << 29n;
export const F_VERSION_1 = 1n << 32n;
export const F_RING_PACKED = 1n << 34n;
export const F_IN_ORDER = 1n << 35n;
export const F_ORDER_PLATFORM = 1n << 36n;
export const F_NOTIFICATION_DATA = 1n << 38n;
export const F_RING_RESET = 1n << 40n;

// "The Virtqueue Descriptor Table"; the packed ring's descriptors have the same and two more.
export const DESC_NEXT = 1;
export const DESC_WRITE = 2;
export const DESC_INDIRECT = 4;
export const DESC_AVAIL = 1 << 7;
export const DESC_USED = 1 << 15;
export const DESC_BYTES = 16;

/** avail->flags of the split ring: no interrupts, please. */
export const AVAIL_NO_INTERRUPT = 1;
/** used->flags of the split ring: no kicks, please. */
export const USED_NO_NOTIFY = 1;

// "Event Suppression Structure Format" of the packed ring.
export const EVENT_ENABLE = 0;
export const EVENT_DISABLE = 1;
export const EVENT_DESC = 2;

/** "No vector" in the MSI-X vector registers. */
export const NO_VECTOR = 0xffff;
