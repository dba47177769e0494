// The networks of one machine: its cards plugged into switches, with gateways, links and captures, as `--net` and `--nic` say.
import type { Scheduler } from "../../core/bus/clock.js";
import type { Machine } from "../../devices/machine/machine.js";
import { plugNetworkCard } from "../../devices/machine/network-card.js";
import { wakingScheduler } from "../../devices/machine/waking-scheduler.js";
import { ForwardError } from "../../devices/net/gateway/forwards.js";
import type { Gateway } from "../../devices/net/gateway/gateway.js";
import { Network } from "../../devices/net/network.js";
import { NetworkError } from "../../devices/net/network-error.js";
import { defaultMac } from "../../devices/net/nics.js";
import { momentAt } from "../../devices/net/pcap.js";
import type { SwitchPort } from "../../devices/net/switch/port.js";
import { createCable, formatMac, parseMac } from "../../devices/net/wire.js";
import { UserError } from "../user-error.js";
import { captureToFile } from "./capture-file.js";
import { acceptInto, openGatewayNetwork } from "./gateway-network.js";
import { connectLink, listenForLinks } from "./links.js";
import type { NetOptions, NicOptions } from "./nic-options.js";
import type { Tell } from "./sockets.js";

export interface MachineNetsOptions {
  readonly nics: readonly NicOptions[];
  /** Of all cards that say nothing. */
  readonly net: NetOptions;
  /** A file for all that passes the machine's cards. */
  readonly capture: string | undefined;
  /** Seconds since 1970 at guest time 0, for the capture. */
  readonly wallClock: number;
  readonly tell: Tell;
  /** The machine should look: a timer of its networks is due earlier. */
  readonly wake: () => void;
  /** A frame has come for the machine, or left it. */
  readonly framePassed: () => void;
}

interface Card extends NicOptions {
  readonly mac: string;
}

/** A card of the machine, and what it is plugged into. */
export interface PluggedCard {
  readonly index: number;
  readonly model: NicOptions["model"];
  readonly mac: string;
  readonly net: NetOptions;
  readonly network: Network<Gateway>;
  readonly cable: ReturnType<typeof createCable>;
}

export class MachineNets {
  private readonly closing: (() => void)[] = [];
  private readonly ports: SwitchPort[] = [];
  private readonly plugged: PluggedCard[] = [];

  private constructor(private readonly options: MachineNetsOptions) {}

  /** In the order of their slots. */
  get cards(): readonly PluggedCard[] {
    return this.plugged;
  }

  /** Plug the cards in, before the guest is booted. Throws UserError. */
  static async plug(machine: Machine, options: MachineNetsOptions): Promise<MachineNets> {
    const nets = new MachineNets(options);
    try {
      await nets.build(machine);
    } catch (error) {
      nets.close();
      if (error instanceof RangeError || error instanceof NetworkError || error instanceof ForwardError) throw new UserError(error.message);
      throw error;
    }
    return nets;
  }

  private async build(machine: Machine): Promise<void> {
    const { net: shared, nics, capture, wallClock } = this.options;
    const cards = nics.map((nic, i): Card => ({ ...nic, mac: nic.mac ?? formatMac(defaultMac(i)) }));
    const groups = new Map<NetOptions, Card[]>();
    for (const card of cards) groups.set(card.net ?? shared, [...(groups.get(card.net ?? shared) ?? []), card]);
    const scheduler = wakingScheduler(machine.queue, this.options.wake);
    const networks = new Map<NetOptions, Network<Gateway>>();
    for (const [net, [first]] of groups) {
      const network = await this.createNetwork(net, first!.mac, scheduler);
      if (!network) continue;
      networks.set(net, network);
      this.watchAddresses(network);
    }
    for (const [i, card] of cards.entries()) {
      const net = card.net ?? shared;
      const network = networks.get(net);
      if (network) this.plugCard(machine, i, card, net, network);
    }
    if (capture === undefined) return;
    const now = () => momentAt(wallClock, machine.queue.now());
    const { file, close } = captureToFile(this.ports, capture, { now });
    this.closing.push(() => {
      close();
      if (file.failure) this.options.tell(`ringside: ${file.failure.message}`);
    });
  }

  /** Machines that nobody told otherwise have the same addresses, QEMU's too. */
  private watchAddresses({ switch: net }: Network<Gateway>): void {
    const told = new Set<number>();
    net.onMove((mac, from) => {
      if (!this.ports.includes(from) || told.has(mac)) return;
      told.add(mac);
      const text = formatMac(Uint8Array.from({ length: 6 }, (_, i) => Math.floor(mac / 256 ** (5 - i))));
      this.options.tell(`ringside: the card's address ${text} is heard from elsewhere too: give one of the two another (mac=)`);
    });
  }

  private plugCard(machine: Machine, index: number, { mac, net: _, ...card }: Card, net: NetOptions, network: Network<Gateway>): void {
    const cable = createCable();
    const port = network.addGuest(cable.ends[0], { mac, name: `nic${index}` });
    port.tap(() => this.options.framePassed());
    this.ports.push(port);
    this.plugged.push({ index, model: card.model, mac, net, network, cable });
    plugNetworkCard(machine, index, { ...card, mac: parseMac(mac)!, wire: cable.ends[1] });
  }

  /** `firstMac`: the card that forwards go to which name no guest; it gets the first address that there is. */
  private async createNetwork(net: NetOptions, firstMac: string, scheduler: Scheduler): Promise<Network<Gateway> | undefined> {
    const { tell } = this.options;
    const bridge = { name: "switch", forward: "bridge" } as const;
    switch (net.kind) {
      case "none":
        return undefined;
      case "gateway":
        return openGatewayNetwork(net, scheduler, (network) => this.opened(network), firstMac);
      case "link": {
        const connection = connectLink(net.connect, scheduler, (line) => tell(`ringside: ${line}`));
        this.closing.push(() => connection.close());
        return this.opened(new Network(bridge, { scheduler, uplink: connection.link }));
      }
      case "listen": {
        const network = this.opened(new Network<Gateway>(bridge, { scheduler }));
        const accept = acceptInto(network);
        const listener = await listenForLinks(net.listen, accept, (line) => tell(`ringside: ${line}`));
        this.closing.push(() => listener.close());
        tell(`ringside: a switch can connect on ${listener.where}`);
        return network;
      }
    }
  }

  private opened(network: Network<Gateway>): Network<Gateway> {
    this.closing.push(() => network.close());
    return network;
  }

  close(): void {
    for (const close of this.closing.splice(0).reverse()) close();
  }
}
