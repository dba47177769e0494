// What a new qcow2 image shall be, from `-o`: combinations that the format does not have are refused as qemu-img refuses them.
import { type CreateOptions, isKnownFormat, isPreallocation, type Preallocation } from "./create-options.js";
import { ImgError } from "./errors.js";

export interface Qcow2Options {
  readonly version: 2 | 3;
  /** Bytes. */
  readonly clusterSize: number;
  readonly refcountBits: number;
  readonly extendedL2: boolean;
  readonly lazyRefcounts: boolean;
  readonly compressionType: "zlib" | "zstd";
  readonly preallocation: Preallocation;
  readonly backingFile?: string;
  readonly backingFormat?: string;
  readonly dataFile?: string;
  readonly dataFileRaw: boolean;
}

export const VERSIONS: Readonly<Record<string, 2 | 3>> = { "0.10": 2, v2: 2, "1.1": 3, v3: 3 };
const NEEDS_V3 = "with compatibility level 1.1 and above (use version=v3 or greater)";

const isPowerOfTwo = (value: number) => value > 0 && Number.isInteger(Math.log2(value));

/** Throws ImgError for what the format does not have. */
export function checkClusterSize(size: number): number {
  if (isPowerOfTwo(size) && size >= 512 && size <= 2 ** 21) return size;
  throw new ImgError("Cluster size must be a power of two between 512 and 2048k");
}

/** Throws ImgError for what the format does not have. */
export function checkRefcountBits(bits: number): number {
  if (isPowerOfTwo(bits) && bits <= 64) return bits;
  throw new ImgError("Refcount width must be a power of two and may not exceed 64 bits");
}

function notAccepted(name: string, value: string | undefined): ImgError {
  return new ImgError(`Parameter '${name}' does not accept value '${value}'`);
}

function compressionOf(options: CreateOptions): "zlib" | "zstd" {
  const type = options.get("compression_type");
  if (type === "zlib" || type === "zstd") return type;
  throw notAccepted("compression-type", type);
}

/** Throws ImgError. */
export function qcow2Options(options: CreateOptions): Qcow2Options {
  const preallocation = options.get("preallocation") ?? "off";
  if (!isPreallocation(preallocation)) throw notAccepted("preallocation", preallocation);
  const compat = options.get("compat") ?? "1.1";
  const version = VERSIONS[compat];
  if (!version) throw notAccepted("version", compat);
  const compressionType = compressionOf(options);
  const [backingFile, backingFormat, dataFile] = ["backing_file", "backing_fmt", "data_file"].map((name) => options.get(name) || undefined);
  if (backingFormat !== undefined && !isKnownFormat(backingFormat)) throw notAccepted("backing-fmt", backingFormat);
  const made: Qcow2Options = {
    version,
    clusterSize: checkClusterSize(options.number("cluster_size")!),
    refcountBits: checkRefcountBits(options.number("refcount_bits")!),
    extendedL2: options.boolean("extended_l2"),
    lazyRefcounts: options.boolean("lazy_refcounts"),
    compressionType,
    preallocation,
    ...(backingFile === undefined ? {} : { backingFile }),
    ...(backingFormat === undefined ? {} : { backingFormat }),
    ...(dataFile === undefined ? {} : { dataFile }),
    dataFileRaw: options.boolean("data_file_raw"),
  };
  checkVersion(made);
  checkTogether(made);
  return made;
}

function checkVersion({ version, extendedL2, dataFile, lazyRefcounts, refcountBits, compressionType }: Qcow2Options): void {
  if (version === 3) return;
  if (extendedL2) throw new ImgError(`Extended L2 entries are only supported ${NEEDS_V3}`);
  if (dataFile !== undefined) throw new ImgError(`External data files are only supported ${NEEDS_V3}`);
  if (lazyRefcounts) throw new ImgError(`Lazy refcounts only supported ${NEEDS_V3}`);
  if (refcountBits !== 16) {
    throw new ImgError("Different refcount widths than 16 bits require compatibility level 1.1 or above (use version=v3 or greater)");
  }
  if (compressionType !== "zlib") throw new ImgError(`Non-zlib compression type is only supported ${NEEDS_V3}`);
}

function checkTogether(options: Qcow2Options): void {
  const { backingFile, backingFormat, dataFile, dataFileRaw, extendedL2, clusterSize, preallocation } = options;
  if (extendedL2 && clusterSize < 2 ** 14) {
    throw new ImgError("Extended L2 entries are only supported with cluster sizes of at least 16384 bytes");
  }
  if (backingFile !== undefined && preallocation !== "off" && !extendedL2) {
    throw new ImgError("Backing file and preallocation can only be used at the same time if extended_l2 is on");
  }
  if (dataFileRaw && dataFile === undefined) throw new ImgError("data-file-raw requires data-file");
  if (dataFileRaw && backingFile !== undefined) throw new ImgError("Backing file and data-file-raw cannot be used at the same time");
  if (backingFormat !== undefined && backingFile === undefined) throw new ImgError("Backing format cannot be used without backing file");
}
