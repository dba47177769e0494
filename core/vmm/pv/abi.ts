// The paravirtual interface of this hypervisor: numbers and layouts that VMM and guest share. docs/hypercalls.md is the contract.

/** What HC_VERSION answers. Higher ones keep what lower ones have. */
export const PV_VERSION = 1;
/** EAX at the guest's entry: "RSPV". */
export const START_MAGIC = 0x56505352;

/** In the first HEADER_SEARCH bytes of an image for this interface, on a 4-byte boundary: START_MAGIC, the version it needs, and what makes the sum of the three 0. */
export const HEADER_SIZE = 12;
export const HEADER_SEARCH = 8192;

/** The gate for hypercalls, with DPL 1. Number in EAX, arguments in EBX ECX EDX ESI EDI, result in EAX. */
export const HYPERCALL_VECTOR = 0xf0;
/** Linear addresses from here on are the VMM's: segments end below it, and no guest has a directory entry for it. */
export const VMM_BASE = 0xff800000;
export const VMM_FIRST_SLOT = VMM_BASE >>> 22;

/** The segments that the VMM gives a guest: flat, from 0 to VMM_BASE - 1. */
export const KERNEL_CODE = 0x09;
export const KERNEL_DATA = 0x11;
export const USER_CODE = 0x1b;
export const USER_DATA = 0x23;

export const HC_VERSION = 0;
export const HC_SET_TRAPS = 1;
export const HC_SET_STACK = 2;
export const HC_SET_CALLBACK = 3;
export const HC_IRET = 4;
export const HC_UPDATE_TABLES = 5;
export const HC_MMU = 6;
export const HC_EVENT = 7;
export const HC_SET_TIMER = 8;
export const HC_SCHED = 9;
export const HC_CONSOLE = 10;
export const HC_BLOCK = 11;

/** Results are 0 or above; these are what went wrong. */
export const ERROR_NO_CALL = -1;
export const ERROR_ADDRESS = -2;
export const ERROR_RANGE = -3;
export const ERROR_OWNER = -4;
export const ERROR_USE = -5;
export const ERROR_BITS = -6;
export const ERROR_STATE = -7;
export const ERROR_IO = -8;
export type PvError =
  | typeof ERROR_NO_CALL
  | typeof ERROR_ADDRESS
  | typeof ERROR_RANGE
  | typeof ERROR_OWNER
  | typeof ERROR_USE
  | typeof ERROR_BITS
  | typeof ERROR_STATE
  | typeof ERROR_IO;

/** Start information, at the linear address in EBX: u32 each. */
export const START_VERSION = 0;
export const START_FRAME_BASE = 4;
export const START_FRAME_COUNT = 8;
export const START_SHARED_INFO = 12;
export const START_DIRECTORY = 16;
export const START_COMMAND_LINE = 20;
export const START_SIZE = 24;

/** HC_SET_TRAPS: entries of 8 bytes: u8 vector, u8 flags, u16 selector, u32 offset. */
export const TRAP_SIZE = 8;
export const TRAP_MOST = 256;
export const TRAP_FLAG_DPL = 3;
/** The handler is entered with events disabled, as by an interrupt gate. */
export const TRAP_FLAG_DISABLE = 4;

/** HC_UPDATE_TABLES: requests of 8 bytes: u32 host-physical address of the entry, u32 its new value. */
export const UPDATE_SIZE = 8;
export const UPDATE_MOST = 1024;
/** HC_SET_TIMER: no deadline. */
export const TIMER_NEVER = (1n << 64n) - 1n;

/** HC_MMU: operation in EBX, frame or linear address in ECX. */
export const MMU_PIN_TABLE = 0;
export const MMU_PIN_DIRECTORY = 1;
export const MMU_UNPIN = 2;
export const MMU_SET_BASE = 3;
export const MMU_FLUSH = 4;
export const MMU_FLUSH_PAGE = 5;

/** HC_EVENT: operation in EBX, source or port in ECX. */
export const EVENT_BIND = 0;
export const EVENT_CLOSE = 1;
export const EVENT_UNMASK = 2;
export const EVENT_SEND = 3;
/** Deliver what is pending, after the guest has enabled events itself. */
export const EVENT_DELIVER = 4;

/** What events come from. */
export const SOURCE_TIMER = 0;
export const SOURCE_CONSOLE = 1;
/** The guest itself, by EVENT_SEND. */
export const SOURCE_SELF = 2;
export const SOURCES = 3;
/** Ports are numbers from 0. */
export const PORTS = 256;

/** HC_SCHED: operation in EBX, reason of a shutdown in ECX. */
export const SCHED_YIELD = 0;
export const SCHED_BLOCK = 1;
export const SCHED_SHUTDOWN = 2;
export const SHUTDOWN_POWER_OFF = 0;
export const SHUTDOWN_REBOOT = 1;
export const SHUTDOWN_CRASH = 2;

export const CONSOLE_WRITE = 0;
export const CONSOLE_READ = 1;
export const CONSOLE_MOST = 4096;

/** HC_BLOCK: operation in EBX, first sector in ECX, sectors in EDX, linear address in ESI. */
export const BLOCK_CAPACITY = 0;
export const BLOCK_READ = 1;
export const BLOCK_WRITE = 2;
export const BLOCK_FLUSH = 3;
export const SECTOR_SIZE = 512;
export const BLOCK_MOST = 8;
/** What BLOCK_CAPACITY answers for a larger disk. */
export const BLOCK_CAPACITY_MOST = 0x7fffffff;

/** The shared-information page. */
/** u8: the virtual IF: 1, events are delivered. */
export const SHARED_ENABLED = 0x00;
/** u8: 1, some unmasked port is pending. */
export const SHARED_PENDING = 0x01;
/** u32: linear address of the last page fault, as CR2. */
export const SHARED_FAULT_ADDRESS = 0x04;
/** u32: which words of the bits below have an unmasked port pending. */
export const SHARED_SELECTOR = 0x08;
/** 32 bytes: guest time, in the form of pvclock_vcpu_time_info. */
export const SHARED_TIME = 0x10;
/** 12 bytes: version, seconds, nanoseconds: time of day when guest time was 0. */
export const SHARED_WALL_CLOCK = 0x30;
/** 8 x u32 each: a bit for each port. */
export const SHARED_PORTS_PENDING = 0x40;
export const SHARED_PORTS_MASKED = 0x60;
export const SHARED_END = 0x80;
