// `ringside relay`: connections of this host for the guests of pages, which have no sockets of their own.
import { onLeaving } from "./leaving.js";
import { RelayServer } from "./net/relay.js";
import { describeAddress } from "./net/sockets.js";
import { Words } from "./net/words.js";
import { table } from "./table.js";
import { parseTcpAddress } from "./tcp-address.js";

export interface RelayCommandOptions {
  readonly listen: string;
  readonly origin: readonly string[];
  readonly net: string;
}

/** Run until the user leaves; then tell what was relayed. Throws UserError. */
export async function runRelay({ listen, origin, net }: RelayCommandOptions): Promise<void> {
  const left = new Promise<void>(onLeaving);
  const address = parseTcpAddress(listen.replace(/^ws:\/\/([^/]*)\/?$/, "$1"), "relay's");
  const relay = await RelayServer.open({ address, origins: origin, ...parsePolicy(net) });
  console.log(`listening on ws://${describeAddress(relay.address)}/`);
  await left;
  relay.close();
  const { streams, refused, sent, received } = relay.counters;
  console.log(table(["streams", "refused", "bytes out", "bytes in"], [[streams, refused, sent, received].map(String)]));
}

/** The words of `run --net` that say where guests may go. */
function parsePolicy(text: string): { readonly mode: "nat" | "open"; readonly hostAccess: boolean } {
  const words = new Words("--net", text, "type");
  const type = words.take("type");
  const hostAccess = words.takeSwitch("hostaccess") ?? false;
  if (type !== "user" && type !== "open") throw words.error(`a relay has user or open, not "${type}"`);
  words.finish();
  return { mode: type === "open" ? "open" : "nat", hostAccess };
}
