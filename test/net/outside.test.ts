// The gateway over the host's own sockets: a guest of a test at one end, servers on the loopback interface at the other.
import { createHash } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { createHostScheduler } from "../../cli/host-scheduler.js";
import { createOutside } from "../../cli/outside.js";
import { LOCALHOST } from "../../devices/net/gateway/address.js";
import { createGateway } from "../../devices/net/gateway/gateway.js";
import { GATEWAY, TestGuest } from "../../devices/net/gateway/testing/guest.js";
import type { GuestTcp } from "../../devices/net/gateway/testing/guest-tcp.js";
import { ascii, textOf, u16 } from "../../devices/net/gateway/testing/packets.js";
import { createCable } from "../../devices/net/wire.js";
import { block, digest, gone, MIB, sendAndHear, serve as serveOn, taker, talker, until } from "./host-servers.js";

const GUEST = 0xc0a8_7a02;
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

function setUp(nameServers?: readonly string[]) {
  const cable = createCable();
  const outside = createOutside(nameServers ? { nameServers } : {});
  const gateway = createGateway({ wire: cable.ends[0], scheduler: createHostScheduler(), outside, host: true });
  const guest = new TestGuest(cable.ends[1], createHostScheduler(), { window: MIB, scale: 7 });
  guest.keepPackets = false;
  closing.push(() => gateway.close());
  return { gateway, guest };
}

async function serve(answer: (socket: Socket) => void) {
  const served = await serveOn(answer);
  closing.push(() => served.server.close());
  return served;
}

describe("TCP", () => {
  test("20 MB go up and 20 MB come down, and are the same; both sides end", async () => {
    const { gateway, guest } = setUp();
    const data = block(20e6);
    const { answer, received } = taker(data);
    const { port } = await serve(answer);
    const tcp = guest.connect(GATEWAY, port);
    const down = await sendAndHear(tcp, data);
    expect(tcp.receivedBytes).toBe(data.length);
    expect([received(), down]).toEqual([digest(data), digest(data)]);
    await gone(gateway);
  });

  test("a host that does not read holds the guest back, and memory stays bounded", async () => {
    const { gateway, guest } = setUp();
    let socket: Socket | undefined;
    const { port } = await serve((accepted) => {
      socket = accepted;
      accepted.pause();
    });
    const data = block(16 * MIB);
    const tcp = guest.connect(GATEWAY, port);
    tcp.write(data);
    await until(() => tcp.peerWindow === 0 && socket !== undefined);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(gateway.connections()[0]!.sent).toBeLessThan(14 * MIB);
    const received = createHash("sha256");
    let bytes = 0;
    socket!.on("data", (part) => {
      received.update(part);
      bytes += part.length;
    });
    socket!.resume();
    await until(() => bytes === data.length);
    expect(received.digest("hex")).toBe(digest(data));
  });

  test("a guest that does not read holds the host back", async () => {
    const { guest } = setUp();
    let written = 0;
    const { port } = await serve(
      talker((bytes) => {
        written = bytes;
      }),
    );
    const tcp = guest.connect(GATEWAY, port);
    tcp.window = 0;
    await until(() => written > 0);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(written).toBeLessThan(32 * MIB);
    expect(tcp.receivedBytes).toBeLessThan(MIB);
  });

  test("a port where nobody listens is refused", async () => {
    const { gateway, guest } = setUp();
    const { port, server } = await serve(() => {});
    server.close();
    await once(server, "close");
    const tcp = guest.connect(GATEWAY, port);
    await until(() => tcp.state === "refused");
    expect(gateway.connections()).toEqual([]);
  });

  test("the guest ends first, and is answered after that", async () => {
    const { gateway, guest } = setUp();
    const { port } = await serve((socket) => {
      let question = "";
      socket.on("data", (bytes) => {
        question += bytes;
      });
      socket.on("end", () => setTimeout(() => socket.end(`you said: ${question}`), 50));
    });
    const tcp = guest.connect(GATEWAY, port);
    tcp.write("hello");
    tcp.end();
    await until(() => tcp.ended);
    expect(tcp.text).toBe("you said: hello");
    await gone(gateway);
  });

  test("resets go through, both ways", async () => {
    const { gateway, guest } = setUp();
    let error: NodeJS.ErrnoException | undefined;
    const { port } = await serve((socket) => {
      socket.on("error", (cause) => {
        error = cause;
      });
      socket.on("data", (bytes) => {
        if (textOf(bytes) === "reset me") socket.resetAndDestroy();
      });
    });
    const first = guest.connect(GATEWAY, port);
    first.write("reset me");
    await until(() => first.state === "reset");
    const second = guest.connect(GATEWAY, port);
    second.write("hello");
    await until(() => gateway.connections()[0]?.state === "ESTABLISHED");
    second.reset();
    await until(() => error !== undefined);
    expect(error!.code).toBe("ECONNRESET");
    expect(gateway.connections()).toEqual([]);
  });

  test("a forwarded port serves the host, and says if it can not be had", async () => {
    const { gateway, guest } = setUp();
    let accepted: GuestTcp | undefined;
    guest.listen(80, (tcp) => {
      accepted = tcp;
      tcp.onOpen = () => {
        tcp.write("welcome");
        tcp.end();
      };
    });
    const { host } = await gateway.forwards.add({
      protocol: "tcp",
      host: { address: LOCALHOST, port: 0 },
      guest: { address: GUEST, port: 80 },
    });
    const client = connect({ host: "127.0.0.1", port: host.port });
    let text = "";
    client.on("data", (bytes) => {
      text += bytes;
    });
    client.end("hello");
    await once(client, "close");
    expect([text, accepted!.text]).toEqual(["welcome", "hello"]);
    const again = gateway.forwards.add({ protocol: "tcp", host, guest: { address: GUEST, port: 81 } });
    await expect(again).rejects.toThrow(`can not listen at 127.0.0.1:${host.port} (TCP): it is in use`);
    gateway.forwards.remove("tcp", host);
    const refused = connect({ host: "127.0.0.1", port: host.port });
    const [error] = await once(refused, "error");
    expect(error.code).toBe("ECONNREFUSED");
  });
});

describe("UDP", () => {
  test("goes to the host's loopback and back, and in by a forward", async () => {
    const { gateway, guest } = setUp();
    guest.keepPackets = true;
    const server = createSocket("udp4");
    closing.push(() => server.close());
    server.on("message", (bytes, from) => server.send(`echo ${bytes}`, from.port, from.address));
    server.bind(0, "127.0.0.1");
    await once(server, "listening");
    guest.sendUdp(GATEWAY, server.address().port, ascii("hello"));
    await until(() => guest.udpFrom(GATEWAY, server.address().port).length > 0);
    expect(guest.udpFrom(GATEWAY, server.address().port).map(textOf)).toEqual(["echo hello"]);
    const { host } = await gateway.forwards.add({
      protocol: "udp",
      host: { address: LOCALHOST, port: 0 },
      guest: { address: GUEST, port: 7 },
    });
    const client = createSocket("udp4");
    closing.push(() => client.close());
    client.send("ping", host.port, "127.0.0.1");
    const came = () => guest.packets.filter(({ payload }) => payload[2]! * 256 + payload[3]! === 7);
    await until(() => came().length > 0);
    const { payload } = came()[0]!;
    guest.sendUdp(GATEWAY, payload[0]! * 256 + payload[1]!, ascii("pong"), 7);
    const [answer] = await once(client, "message");
    expect([textOf(payload.subarray(8)), String(answer)]).toEqual(["ping", "pong"]);
  });
});

describe("names", () => {
  /** The query with one address record behind the question. */
  const answerTo = (query: Uint8Array, address: readonly number[]) => {
    const answer = Uint8Array.of(...query, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address);
    answer.set([0x81, 0x80], 2);
    answer.set([0, 1], 6);
    return answer;
  };
  const query = Uint8Array.of(0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, ...ascii("www"), 7, ...ascii("example"), 0, 0, 1, 0, 1);

  test("are asked of the name servers one after the other, by UDP and by TCP", async () => {
    const server = createSocket("udp4");
    closing.push(() => server.close());
    server.on("message", (bytes, from) => server.send(answerTo(bytes, [203, 0, 113, 5]), from.port, from.address));
    server.bind(0, "127.0.0.1");
    await once(server, "listening");
    // Nobody listens at the first.
    const { guest } = setUp(["127.0.0.1:1", `127.0.0.1:${server.address().port}`]);
    guest.keepPackets = true;
    guest.sendUdp(GATEWAY, 53, query);
    await until(() => guest.udpFrom(GATEWAY, 53).length > 0);
    expect(Array.from(guest.udpFrom(GATEWAY, 53)[0]!)).toEqual(Array.from(answerTo(query, [203, 0, 113, 5])));

    const { port } = await serve((socket) => {
      socket.on("data", (bytes) => {
        const answer = answerTo(bytes.subarray(2), [203, 0, 113, 6]);
        socket.end(Uint8Array.of(...u16(answer.length), ...answer));
      });
    });
    const other = setUp([`127.0.0.1:${port}`]);
    const tcp = other.guest.connect(GATEWAY, 53);
    tcp.write(Uint8Array.of(...u16(query.length), ...query));
    await until(() => tcp.receivedBytes > 2);
    expect(Array.from(tcp.bytes.subarray(2))).toEqual(Array.from(answerTo(query, [203, 0, 113, 6])));
  });
});
