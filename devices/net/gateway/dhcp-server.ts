// The DHCP server (RFC 2131, section 4.3), the only one of its network, and so authoritative: who comes with an address that it may have gets it, known or not,
// and who may not is told so. A client speaks for itself: from the MAC address that it names, without relays.
// Not here: BOOTP without DHCP, relays, DHCPFORCERENEW.
import type { Nanoseconds } from "../../../core/bus/clock.js";
import { BROADCAST, type Ipv4, type Network } from "./address.js";
import { get32 } from "./bytes.js";
import {
  addressOption,
  bytes32,
  createReply,
  DHCP_CLIENT_PORT,
  DHCP_SERVER_PORT,
  type DhcpRequest,
  MESSAGE,
  OPTION,
  parseRequest,
} from "./dhcp-message.js";
import type { Leases } from "./leases.js";
import { BROADCAST_MAC, type Mac } from "./link.js";
import { SECOND } from "./timers.js";
import { createDatagram, type Datagram } from "./udp.js";

const SHORTEST_LEASE = 60;

export interface DhcpServerOptions {
  readonly leases: Leases;
  readonly network: Network;
  readonly address: Ipv4;
  readonly mtu: number;
  /** Of a lease. */
  readonly seconds: number;
  readonly domain: string;
  /** Whether guests are told that the gateway is their router. */
  readonly isRouter: boolean;
  readonly send: (frame: Uint8Array, destination: Ipv4, mac: Mac) => void;
  /** A lease was given. */
  readonly bound: (address: Ipv4, mac: Mac) => void;
}

export class DhcpServer {
  constructor(private readonly options: DhcpServerOptions) {}

  /** False if it is not a message that a client can have sent. */
  receive({ payload }: Datagram, from: Mac): boolean {
    const request = parseRequest(payload);
    if (!request || request.mac !== from) return false;
    const { leases } = this.options;
    switch (request.type) {
      case MESSAGE.DISCOVER:
        this.discover(request);
        break;
      case MESSAGE.REQUEST:
        this.request(request);
        break;
      case MESSAGE.DECLINE: {
        const address = addressOption(request, OPTION.REQUESTED_ADDRESS);
        if (address !== undefined && this.isForUs(request)) leases.decline(from, address);
        break;
      }
      case MESSAGE.RELEASE:
        if (this.isForUs(request)) leases.release(from, request.client);
        break;
      case MESSAGE.INFORM:
        if (this.options.network.isHost(request.client)) this.reply(request, MESSAGE.ACK, 0, this.configuration());
        break;
      default:
        return false;
    }
    return true;
  }

  /** Who names a server means that one alone. */
  private isForUs(request: DhcpRequest): boolean {
    const server = addressOption(request, OPTION.SERVER);
    return server === undefined || server === this.options.address;
  }

  private discover(request: DhcpRequest): void {
    const address = this.options.leases.offer(request.mac, addressOption(request, OPTION.REQUESTED_ADDRESS));
    if (address !== undefined) this.reply(request, MESSAGE.OFFER, address, this.leaseOptions(request));
  }

  /** RFC 2131, section 4.3.2: in SELECTING and INIT-REBOOT the address is an option; in RENEWING and REBINDING the client has it. */
  private request(request: DhcpRequest): void {
    const { leases, bound } = this.options;
    if (!this.isForUs(request)) {
      leases.release(request.mac, undefined);
      return;
    }
    const address = addressOption(request, OPTION.REQUESTED_ADDRESS) ?? request.client;
    const duration: Nanoseconds = this.seconds(request) * SECOND;
    const name = hostName(request.options.get(OPTION.HOST_NAME));
    if (!leases.bind(request.mac, address, duration, name)) {
      this.reply(request, MESSAGE.NAK, 0, []);
      return;
    }
    bound(address, request.mac);
    this.reply(request, MESSAGE.ACK, address, this.leaseOptions(request));
  }

  private seconds(request: DhcpRequest): number {
    const asked = request.options.get(OPTION.LEASE_TIME);
    return asked?.length === 4 ? Math.max(SHORTEST_LEASE, Math.min(get32(asked, 0), this.options.seconds)) : this.options.seconds;
  }

  private leaseOptions(request: DhcpRequest): [number, Uint8Array][] {
    const seconds = this.seconds(request);
    const name = this.options.leases.list().find(({ mac, isReserved }) => isReserved && mac === request.mac)?.name;
    return [
      [OPTION.LEASE_TIME, bytes32(seconds)],
      // RFC 2131, section 4.4.5.
      [OPTION.RENEWAL_TIME, bytes32(Math.floor(seconds / 2))],
      [OPTION.REBINDING_TIME, bytes32(Math.floor((seconds * 7) / 8))],
      ...this.configuration(),
      ...(name === undefined ? [] : ([[OPTION.HOST_NAME, ascii(name)]] as [number, Uint8Array][])),
    ];
  }

  private configuration(): [number, Uint8Array][] {
    const { network, address, domain, mtu, isRouter } = this.options;
    return [
      [OPTION.SUBNET_MASK, bytes32(network.mask)],
      [OPTION.BROADCAST, bytes32(network.broadcast)],
      ...(isRouter ? ([[OPTION.ROUTER, bytes32(address)]] as [number, Uint8Array][]) : []),
      [OPTION.DNS_SERVERS, bytes32(address)],
      [OPTION.DOMAIN, ascii(domain)],
      [OPTION.MTU, Uint8Array.of(mtu >> 8, mtu)],
    ];
  }

  /** RFC 2131, section 4.1, about where replies go. */
  private reply(request: DhcpRequest, type: number, yours: Ipv4, options: readonly (readonly [number, Uint8Array])[]): void {
    const { address, send } = this.options;
    const isRefusal = type === MESSAGE.NAK;
    const toAll = isRefusal || (request.client === 0 && request.wantsBroadcast);
    const destination = toAll ? BROADCAST : request.client || yours;
    const payload = createReply(request, { type, server: address, yours, options });
    const frame = createDatagram({ address, port: DHCP_SERVER_PORT }, { address: destination, port: DHCP_CLIENT_PORT }, payload);
    send(frame, destination, toAll ? BROADCAST_MAC : request.mac);
  }
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** The first label of what a client calls itself, in lower case; undefined if it is not a host's name (RFC 1123, section 2.1). */
export function hostName(bytes: Uint8Array | undefined): string | undefined {
  if (!bytes) return undefined;
  const [label = ""] = Array.from(bytes, (byte) => String.fromCharCode(byte))
    .join("")
    .replace(/\0+$/, "")
    .toLowerCase()
    .split(".");
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label) ? label : undefined;
}
