// `ringside switch`: a switch in a process of its own, for machines, QEMU's guests and browsers to join.
import { ForwardError } from "../devices/net/gateway/forwards.js";
import type { Gateway } from "../devices/net/gateway/gateway.js";
import { Network } from "../devices/net/network.js";
import { NetworkError } from "../devices/net/network-error.js";
import type { SwitchPort } from "../devices/net/switch/port.js";
import { createCable } from "../devices/net/wire.js";
import { createHostScheduler } from "./host-scheduler.js";
import { onLeaving } from "./leaving.js";
import { captureToFile } from "./net/capture-file.js";
import { acceptInto, openGatewayNetwork } from "./net/gateway-network.js";
import { connectLink, listenForLinks, parseLinkAddress } from "./net/links.js";
import { parseNet } from "./net/nic-options.js";
import { table } from "./table.js";
import { UserError } from "./user-error.js";

export interface SwitchOptions {
  readonly listen: readonly string[];
  readonly connect: readonly string[];
  readonly net: string;
  readonly capture?: string;
  readonly origin: readonly string[];
}

/** How often the capture is written out, in milliseconds, for who reads it meanwhile. */
const FLUSH_EVERY = 1000;

/** Run until the user leaves; then tell what passed each port. Throws UserError. */
export async function runSwitch(options: SwitchOptions): Promise<void> {
  const closing: (() => void)[] = [];
  const left = new Promise<void>(onLeaving);
  try {
    const network = await open(options, closing);
    // A link that waits for its next attempt does not keep the process alive.
    const alive = setInterval(() => {}, 2 ** 31 - 1);
    closing.push(() => clearInterval(alive));
    await left;
    console.log(describeCounters(network.switch.ports));
  } catch (error) {
    if (error instanceof RangeError || error instanceof NetworkError || error instanceof ForwardError) throw new UserError(error.message);
    throw error;
  } finally {
    for (const close of closing.reverse()) close();
  }
}

async function open({ listen, connect, net, capture, origin }: SwitchOptions, closing: (() => void)[]): Promise<Network<Gateway>> {
  if (listen.length + connect.length === 0) throw new UserError("nobody can join this switch: give --listen or --connect");
  const scheduler = createHostScheduler();
  const parsed = parseNet(net);
  if (parsed.kind === "link" || parsed.kind === "listen")
    throw new UserError("--net is user, isolated, open or none; other switches join by --connect and --listen");
  const opened = (network: Network<Gateway>) => closing.push(() => network.close());
  const network =
    parsed.kind === "none"
      ? new Network<Gateway>({ name: "switch", forward: "bridge" }, { scheduler })
      : await openGatewayNetwork(parsed, scheduler, opened);
  if (capture !== undefined) closing.push(captureAll(network, capture));
  for (const [i, address] of connect.map(parseLinkAddress).entries()) {
    const connection = connectLink(address, scheduler, console.error);
    closing.push(() => connection.close());
    network.switch.addPort(connection.link, { isLink: true, name: `link${i}` });
  }
  for (const address of listen.map(parseLinkAddress)) {
    const listener = await listenForLinks(address, acceptInto(network), console.error, origin);
    closing.push(() => listener.close());
    console.log(`listening on ${listener.where}`);
  }
  return network;
}

/** What comes in at any port, also at those that come later. */
function captureAll({ switch: net }: Network<Gateway>, path: string): () => void {
  const cable = createCable();
  const mirror = net.addPort(cable.ends[0], { name: "capture", mirrorOf: { ports: "all", direction: "rx" } });
  const { file, close } = captureToFile([mirror], path, { direction: "tx" });
  const timer = setInterval(() => file.flush(), FLUSH_EVERY).unref();
  return () => {
    clearInterval(timer);
    close();
    if (file.failure) console.error(`ringside: ${file.failure.message}`);
  };
}

function describeCounters(ports: readonly SwitchPort[]): string {
  const rows = ports.map(({ name, counters: { rx, tx } }) => [
    name,
    ...[rx.frames, rx.bytes, rx.drops, rx.errors, tx.frames, tx.bytes, tx.drops].map(String),
  ]);
  return table(["port", "rx frames", "bytes", "drops", "errors", "tx frames", "bytes", "drops"], rows);
}
