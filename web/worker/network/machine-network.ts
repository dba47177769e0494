// A machine's network card in the page, and what it is plugged into.
import type { Scheduler } from "../../../core/bus/clock.js";
import type { Machine } from "../../../devices/machine/machine.js";
import { plugNetworkCard } from "../../../devices/machine/network-card.js";
import { wakingScheduler } from "../../../devices/machine/waking-scheduler.js";
import { formatIpv4 } from "../../../devices/net/gateway/address.js";
import { createGateway, type Gateway } from "../../../devices/net/gateway/gateway.js";
import { type Mac, putMac } from "../../../devices/net/gateway/link.js";
import type { Outside } from "../../../devices/net/gateway/outside.js";
import { randomMac } from "../../../devices/net/mac-address.js";
import { Network } from "../../../devices/net/network.js";
import { defaultMac } from "../../../devices/net/nics.js";
import { NameAddresses } from "../../../devices/net/relay/name-addresses.js";
import { RelayClient } from "../../../devices/net/relay/relay-client.js";
import { flowControlAddress } from "../../../devices/net/relay/wisp.js";
import { createCable, formatMac, parseMac } from "../../../devices/net/wire.js";
import { NetworkChoiceError } from "./choice-error.js";
import { createFetchOutside } from "./fetch-outside.js";
import { linkSwitch, linkTabs, openWebSocket, type PageLink } from "./links.js";
import type { NetworkChoice, NetworkSpec, NetworkState } from "./protocol.js";

/** Notes that are shown. */
const NOTES = 6;
/** A BroadcastChannel does not say how much is on its way. */
const TABS_RATE = { bitsPerSecond: 400e6 };
const BRIDGE = { name: "page", forward: "bridge" } as const;

export class MachineNetwork {
  private readonly names = new NameAddresses();
  private readonly closing: (() => void)[] = [];
  private readonly notes: string[] = [];
  private readonly network: Network<Gateway>;
  private summary: () => string = () => "";

  /** Plug a card into the machine, before its guest is booted. `wake`: there is something for it. Throws NetworkChoiceError. */
  constructor(machine: Machine, { model, network: choice }: NetworkSpec, wake: () => void) {
    const scheduler = wakingScheduler(machine.queue, wake);
    this.network = this.build(choice, scheduler);
    this.closing.push(() => this.network.close());
    // A guest may call itself what it likes on its own switch: one that goes on from a snapshot has the address that it had.
    // Machines that share a network with others need an address of their own.
    const mac = this.network.gateway ? formatMac(defaultMac(0)) : randomMac();
    const cable = createCable();
    const port = this.network.addGuest(cable.ends[0], { mac, name: "nic0", security: undefined });
    port.tap((_frame, direction) => {
      if (direction === "tx") wake();
    });
    plugNetworkCard(machine, 0, { model, mac: parseMac(mac)!, wire: cable.ends[1] });
  }

  private build(choice: NetworkChoice, scheduler: Scheduler): Network<Gateway> {
    const tell = (line: string) => this.note(line);
    switch (choice.kind) {
      case "none":
        return new Network<Gateway>(BRIDGE, { scheduler });
      case "fetch":
        this.summary = () => "the page answers HTTP";
        return this.withGateway(createFetchOutside({ scheduler, names: this.names, tell }), scheduler);
      case "relay": {
        const address = webSocketAddress(choice.address);
        const relay = new RelayClient({ open: () => openWebSocket(flowControlAddress(address)), scheduler, names: this.names, tell });
        this.closing.push(() => relay.close());
        this.summary = () => `the relay ${address} ${relay.isUp ? "is there" : "is not there"}`;
        return this.withGateway(relay, scheduler);
      }
      case "tabs": {
        this.summary = () => "with the machines of other tabs";
        return this.bridged(linkTabs(), scheduler, TABS_RATE);
      }
      case "switch": {
        const address = webSocketAddress(choice.address);
        const link = linkSwitch(address, scheduler);
        this.summary = () => `the switch ${address} ${link.link.isUp ? "is there" : "is not there"}`;
        return this.bridged(link, scheduler);
      }
    }
  }

  /** Where guests may go is for the relay, or the browser, to say. */
  private withGateway(outside: Outside, scheduler: Scheduler): Network<Gateway> {
    const definition = { name: "page", forward: "open" } as const;
    return new Network(definition, { scheduler, createGateway: (request) => createGateway({ ...request, outside }) });
  }

  private bridged(link: PageLink, scheduler: Scheduler, egress?: typeof TABS_RATE): Network<Gateway> {
    this.closing.push(() => link.close());
    const network = new Network<Gateway>(BRIDGE, { scheduler });
    network.switch.addPort(link.link, { name: "uplink", isLink: true, ...(egress ? { egress } : {}) });
    return network;
  }

  private note(line: string): void {
    if (this.notes.at(-1) === line) return;
    this.notes.push(line);
    if (this.notes.length > NOTES) this.notes.shift();
  }

  state(): NetworkState {
    const { gateway } = this.network;
    const at = ({ address, port }: { readonly address: number; readonly port: number }) => `${this.names.nameOf(address)}:${port}`;
    return {
      summary: this.summary(),
      leases: (gateway?.leases() ?? []).map(({ address, mac, name }) => ({
        address: formatIpv4(address),
        mac: macText(mac),
        name: name ?? "",
      })),
      connections: (gateway?.connections() ?? []).map(({ protocol, guest, remote, state, sent, received }) => ({
        protocol: protocol.toUpperCase(),
        guest: at(guest),
        remote: at(remote),
        state,
        sent,
        received,
      })),
      notes: [...this.notes],
    };
  }

  close(): void {
    for (const close of this.closing.splice(0).reverse()) close();
  }
}

function macText(mac: Mac): string {
  const bytes = new Uint8Array(6);
  putMac(bytes, 0, mac);
  return formatMac(bytes);
}

function webSocketAddress(text: string): string {
  const hint = "write for example ws://localhost:8001/";
  if (!/^wss?:\/\//.test(text) || !URL.canParse(text)) throw new NetworkChoiceError(`the address "${text}" is not understood: ${hint}`);
  return new URL(text).href;
}
