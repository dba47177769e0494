// WebSocket's opening (RFC 6455 "Opening Handshake"), from both sides.
import { createHash, randomBytes } from "node:crypto";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Duplex } from "node:stream";
import { WebSocketConnection } from "./connection.js";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const VERSION = "13";
const HANDSHAKE_PATIENCE = 10_000;

const acceptOf = (key: string) => createHash("sha1").update(`${key}${GUID}`).digest("base64");

/**
 * Answer a request to upgrade. Undefined: it was refused. Any page that a browser shows can try to connect to this host, so that pages have to be from an
 * origin in `origins`; who is no browser says none. `most`: bytes of a message.
 */
export function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Uint8Array,
  origins: readonly string[],
  most?: number,
): WebSocketConnection | undefined {
  const { origin, upgrade, "sec-websocket-key": key, "sec-websocket-version": version } = request.headers;
  const isRight = request.method === "GET" && upgrade?.toLowerCase() === "websocket" && /^[A-Za-z0-9+/]{22}==$/.test(key ?? "");
  const isAllowed = origin === undefined || origins.includes("*") || origins.includes(origin);
  socket.on("error", () => {});
  if (!isRight || version !== VERSION || !isAllowed) {
    const status = !isAllowed ? "403 Forbidden" : isRight ? `426 Upgrade Required\r\nSec-WebSocket-Version: ${VERSION}` : "400 Bad Request";
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    return undefined;
  }
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptOf(key!)}\r\n\r\n`,
  );
  return new WebSocketConnection(socket, false, head, most);
}

/** Connect to "ws://..." or "wss://...". Rejects with an Error whose message says why not. */
export function openWebSocket(url: string): Promise<WebSocketConnection> {
  const key = randomBytes(16).toString("base64");
  const headers = { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Key": key, "Sec-WebSocket-Version": VERSION };
  const request = url.startsWith("wss:") ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const opening = request(url.replace(/^ws/, "http"), { headers, timeout: HANDSHAKE_PATIENCE });
    opening.on("upgrade", (response, socket, head) => {
      if (response.headers["sec-websocket-accept"] === acceptOf(key)) resolve(new WebSocketConnection(socket, true, head));
      else opening.destroy(new Error("who answers there does not speak WebSocket"));
    });
    opening.on("response", ({ statusCode }) => opening.destroy(new Error(`the answer there is ${statusCode}`)));
    opening.on("timeout", () => opening.destroy(new Error("nobody answers")));
    opening.on("error", reject);
    opening.end();
  });
}
