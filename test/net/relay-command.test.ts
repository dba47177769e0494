// `ringside relay`, from its words to what it tells at its end.
import { expect, test } from "vitest";
import { openWebSocket } from "../../cli/net/web-socket/handshake.js";
import { connectPacket, parsePacket, REASON } from "../../devices/net/relay/wisp.js";
import { ringside } from "../support/command.js";
import { Conversation } from "../support/conversation.js";

test("it says where it listens, keeps this host closed unless told, and at its end what it did", async () => {
  const relay = new Conversation(["relay", "--listen", "ws://:0"]);
  const url = /ws:\S+/.exec(await relay.expect(/listening on ws:.*\n/))![0];
  expect(url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/$/);
  const socket = await openWebSocket(url);
  const refused = new Promise<number>((resolve) => {
    socket.onmessage = ({ data }) => {
      const packet = parsePacket(data as Uint8Array);
      if (packet?.type === "close") resolve(packet.reason);
    };
  });
  socket.send(connectPacket(1, "tcp", "localhost", 22));
  expect(await refused).toBe(REASON.BLOCKED);
  relay.signal("SIGINT");
  expect(await relay.ended).toBe(0);
  expect(relay.output).toMatch(/\| streams .*\n.*\n\| 0 +\| +1 \|/);
});

test.each([
  [["--net", "isolated"], /^ringside: --net: a relay has user or open, not "isolated"\n$/],
  [["--listen", "wss://localhost:1"], /^ringside: the relay's address "wss:\/\/localhost:1" is not understood.*\n$/],
])("%j gets one sentence", (words, sentence) => {
  const { code, errors } = ringside(["relay", ...words]);
  expect(code).toBe(2);
  expect(errors).toMatch(sentence);
});
