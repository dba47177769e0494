// The disks of the guest of `npm run bench:exits`, in memory, and its networks; each knows what has gone over it.
import { MemoryStore } from "../../devices/block/memory-store.js";
import { RawImage } from "../../devices/block/raw.js";
import type { DriveOptions } from "../../devices/machine/drives.js";
import type { Machine } from "../../devices/machine/machine.js";
import { plugNetworkCard } from "../../devices/machine/network-card.js";
import { createGateway } from "../../devices/net/gateway/gateway.js";
import { Network } from "../../devices/net/network.js";
import { defaultMac, type NicModel } from "../../devices/net/nics.js";
import { createCable, formatMac } from "../../devices/net/wire.js";
import { IoHost } from "./host.js";
import type { IoDisk } from "./options.js";

/** Bytes as the guest sees them. */
export interface Moved {
  received: number;
  sent: number;
}

const SEED = 0x2545f491;

/** The first disk of either IDE channel, and one for virtio. */
const PLACES = {
  "ide-dma": { interface: "ide", index: 0 },
  "ide-pio": { interface: "ide", index: 2 },
  "virtio-blk": { interface: "virtio", index: 0 },
} as const satisfies Record<IoDisk, Pick<DriveOptions, "interface" | "index">>;

class CountedImage extends RawImage {
  readonly moved: Moved = { received: 0, sent: 0 };

  override read(at: number, into: Uint8Array): Promise<void> {
    this.moved.received += into.length;
    return super.read(at, into);
  }

  override write(at: number, from: Uint8Array): Promise<void> {
    this.moved.sent += from.length;
    return super.write(at, from);
  }
}

export class CountedDisk {
  readonly drive: DriveOptions;
  private readonly image: CountedImage;

  constructor(name: IoDisk, bytes: number) {
    this.image = new CountedImage(new MemoryStore(name, new Uint8Array(bytes)));
    this.drive = { ...PLACES[name], media: "disk", image: this.image };
  }

  get moved(): Moved {
    return this.image.moved;
  }
}

/** A card with a network of its own, 10.0.INDEX.0/24, and a host behind that network's gateway, as which it is seen. */
export class CountedNetwork {
  private readonly host: IoHost;

  constructor(machine: Machine, model: NicModel, index: number) {
    const scheduler = machine.queue;
    const outside = new IoHost(scheduler);
    const random = pseudoRandom(SEED + index);
    const plan = { network: `10.0.${index}.0/24`, address: `10.0.${index}.1`, dhcp: false, host: true } as const;
    const network = new Network(
      { name: model, forward: "nat", plan },
      { scheduler, createGateway: (request) => createGateway({ ...request, outside, random }) },
    );
    const cable = createCable();
    const mac = defaultMac(index);
    network.addGuest(cable.ends[0], { mac: formatMac(mac) });
    plugNetworkCard(machine, index, { model, mac, wire: cable.ends[1] });
    this.host = outside;
  }

  get moved(): Moved {
    return { received: this.host.given, sent: this.host.taken };
  }
}

/** Marsaglia's xorshift with 32 bits: every run is the same. */
function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
