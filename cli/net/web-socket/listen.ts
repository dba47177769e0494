// An HTTP server that has nothing but WebSockets: whoever it is for takes its "upgrade".
import { createServer, type Server } from "node:http";
import type { TcpAddress } from "../../tcp-address.js";
import { UserError } from "../../user-error.js";
import { describeAddress, describeConnectionError } from "../sockets.js";

export interface WebSocketServer {
  readonly server: Server;
  /** Where it listens: the port that was chosen if 0 was asked for. */
  readonly address: TcpAddress;
}

/** Throws UserError if nobody can listen there. */
export async function listenForWebSockets(address: TcpAddress): Promise<WebSocketServer> {
  const server = createServer((_request, response) => response.writeHead(426, { Upgrade: "websocket" }).end());
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(new UserError(`ws://${describeAddress(address)} can not be listened at: ${describeConnectionError(error)}`)),
    );
    server.listen(address.port, address.host, resolve);
  });
  server.removeAllListeners("error");
  // What can go wrong with a listening socket costs one connection at most.
  server.on("error", () => {});
  const bound = server.address();
  return { server, address: { ...address, port: typeof bound === "object" && bound ? bound.port : address.port } };
}
