import type { WebSocketConnection } from "../../cli/net/web-socket/connection.js";
import { openWebSocket } from "../../cli/net/web-socket/handshake.js";
import type { WebSocketLike } from "../../devices/net/links/message-link.js";

/** A WebSocket that opens meanwhile, as a browser's does. */
export function browserLike(url: string): WebSocketLike {
  let connection: WebSocketConnection | undefined;
  let isClosed = false;
  const socket: WebSocketLike = {
    binaryType: "arraybuffer",
    get bufferedAmount() {
      return connection?.bufferedAmount ?? 0;
    },
    send: (data) => connection?.send(data),
    close: (code, reason) => {
      isClosed = true;
      connection?.close(code, reason);
    },
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
  };
  openWebSocket(url).then(
    (opened) => {
      connection = opened;
      if (isClosed) opened.close();
      opened.onclose = () => socket.onclose?.();
      opened.onmessage = (event) => socket.onmessage?.(event);
      socket.onopen?.();
    },
    () => socket.onclose?.(),
  );
  return socket;
}
