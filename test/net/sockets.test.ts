// Links over sockets and WebSockets between switches of this process.
import { spawn, spawnSync } from "node:child_process";
import { lstatSync, mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { createHostScheduler } from "../../cli/host-scheduler.js";
import { parseSocketAddress, type SocketAddress, SocketConnection, SocketListener } from "../../cli/net/sockets.js";
import { openWebSocket } from "../../cli/net/web-socket/handshake.js";
import { WebSocketClient, WebSocketListener } from "../../cli/net/web-socket/links.js";
import { type BroadcastChannelLike, joinBroadcastChannel } from "../../devices/net/links/message-link.js";
import { NetSwitch } from "../../devices/net/switch/switch.js";
import type { Wire } from "../../devices/net/wire.js";
import { BROADCAST, frameOf, plugIn, type Station } from "../../devices/testing/station.js";

const folder = mkdtempSync(join(tmpdir(), "ringside-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const scheduler = createHostScheduler();
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0).reverse()) close();
});

async function until(condition: () => boolean, seconds = 10): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error("it did not happen");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A switch whose listener's peers are its ports, and a station at it. */
function makeHub() {
  const net = new NetSwitch(scheduler);
  const { station } = plugIn(net, 1, { name: "station" });
  const accept = (link: Wire, peer: string) => {
    const port = net.addPort(link, { name: peer, isLink: true });
    return () => net.removePort(port);
  };
  return { net, station, accept };
}

async function listen(address: string) {
  const hub = makeHub();
  const said: string[] = [];
  const listener = await SocketListener.open(parseSocketAddress(address), hub.accept, (line) => said.push(line));
  closing.push(() => listener.close());
  return { ...hub, listener, said };
}

function join2(address: SocketAddress, number: number) {
  const net = new NetSwitch(scheduler);
  const said: string[] = [];
  const connection = new SocketConnection(address, scheduler, (line) => said.push(line));
  closing.push(() => connection.close());
  net.addPort(connection.link, { isLink: true });
  return { ...plugIn(net, number), connection, said };
}

describe.each(["127.0.0.1:0", `unix:${join(folder, "hub")}`])("a switch that listens at %s", (where) => {
  test("is one network with all who connect, and goes on when one leaves", async () => {
    const hub = await listen(where);
    const [a, b] = [join2(hub.listener.address, 2), join2(hub.listener.address, 3)];
    await until(() => hub.net.ports.length === 3 && a.connection.link.isUp && b.connection.link.isUp);
    a.station.send(BROADCAST, [1]);
    await until(() => hub.station.inbox.length === 1 && b.station.inbox.length === 1);
    const large = frameOf(a.station.mac, b.station.mac, new Uint8Array(65_535).fill(5));
    b.station.wire.send(large);
    await until(() => a.station.inbox.length === 1);
    expect(a.station.inbox[0]).toEqual(large);
    b.connection.close();
    await until(() => hub.net.ports.length === 2);
    a.station.send(BROADCAST, [2]);
    await until(() => hub.station.take().includes(2));
  });
});

test("a link that is lost is made again, and the user is told when that changes", async () => {
  const path = join(folder, "again");
  const client = join2({ path }, 2);
  await until(() => client.said.length > 0);
  const first = await listen(`unix:${path}`);
  await until(() => first.net.ports.length === 2);
  first.listener.close();
  await until(() => !client.connection.link.isUp);
  const second = await listen(`unix:${path}`);
  await until(() => second.net.ports.length === 2);
  client.station.send(BROADCAST, [1]);
  await until(() => second.station.take().includes(1));
  const words = client.said.map((line) => line.replace(/^the link to \S+ is /, ""));
  expect(words.slice(0, 3)).toEqual([
    "not there: there is no such file or folder",
    "there again",
    "not there: the other side has closed it",
  ]);
  expect(words.at(-1)).toBe("there again");
});

test("a peer that announces an absurd length is sent away, and others stay", async () => {
  const hub = await listen("127.0.0.1:0");
  const good = join2(hub.listener.address, 2);
  const { port } = hub.listener.address as { port: number };
  const bad = connect(port, "127.0.0.1");
  await until(() => hub.net.ports.length === 3);
  let ended = false;
  bad.on("close", () => {
    ended = true;
  });
  bad.on("error", () => {});
  bad.write(Uint8Array.of(0x7f, 0xff, 0xff, 0xff, 1, 2, 3));
  await until(() => ended && hub.net.ports.length === 2);
  expect(hub.said.join()).toMatch(/was sent away: a frame of 2147483647 bytes/);
  good.station.send(BROADCAST, [1]);
  await until(() => hub.station.take().includes(1));
});

test("a peer that does not read costs the host a bounded number of bytes", async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.pause();
    socket.on("error", () => {});
  });
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const path = join(folder, "lazy");
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const { connection, station } = join2({ path }, 2);
  await until(() => connection.link.isUp);
  const frame = frameOf(BROADCAST, station.mac, new Uint8Array(60_000));
  for (let i = 0; i < 500; i++) {
    connection.link.send(frame);
    if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(connection.link.counters.dropped).toBeGreaterThan(300);
});

test("a socket whose owner has gone is no hindrance, one whose owner lives is", async () => {
  const path = join(folder, "dead");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  await expect(listen(`unix:${path}`)).rejects.toThrow(/can not be listened at: the address is taken/);
  await new Promise((resolve) => server.close(resolve));
  // A process that is killed leaves its socket behind.
  const leave = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  expect(spawnSync(process.execPath, ["-e", leave]).signal).toBe("SIGKILL");
  expect(lstatSync(path).isSocket()).toBe(true);
  const hub = await listen(`unix:${path}`);
  join2({ path }, 2);
  await until(() => hub.net.ports.length === 2);
});

test("switches of two threads' channels of one name are one network", async () => {
  // Node's BroadcastChannel is the browser's, but for the origin.
  const tabs = [1, 2].map((number) => {
    const net = new NetSwitch(scheduler);
    const { link, close } = joinBroadcastChannel(new BroadcastChannel("ringside-test") as unknown as BroadcastChannelLike);
    closing.push(close);
    net.addPort(link, { isLink: true });
    return plugIn(net, number).station;
  });
  const [a, b] = tabs as [Station, Station];
  const frame = frameOf(b.mac, a.mac, new Uint8Array(1400).fill(3));
  a.wire.send(frame);
  await until(() => b.inbox.length === 1);
  expect(b.inbox[0]).toEqual(frame);
  b.send(a.mac, [4]);
  await until(() => a.take().includes(4));
});

describe("a switch that listens for WebSockets", () => {
  async function listenWeb(origins: readonly string[] = []) {
    const hub = makeHub();
    const listener = await WebSocketListener.open({ host: "127.0.0.1", port: 0 }, origins, hub.accept);
    closing.push(() => listener.close());
    return { ...hub, url: `ws://127.0.0.1:${listener.address.port}/` };
  }

  test("is one network with who connects", async () => {
    const hub = await listenWeb();
    const net = new NetSwitch(scheduler);
    const client = new WebSocketClient(hub.url, scheduler, () => {});
    closing.push(() => client.close());
    net.addPort(client.link, { isLink: true });
    const { station } = plugIn(net, 2);
    await until(() => client.link.isUp && hub.net.ports.length === 2);
    for (const size of [46, 1000, 65_535]) {
      const frame = frameOf(BROADCAST, station.mac, new Uint8Array(size).fill(size & 255));
      station.wire.send(frame);
      await until(() => hub.station.inbox.length === 1);
      expect(hub.station.inbox.pop()).toEqual(frame);
      hub.station.wire.send(frameOf(station.mac, hub.station.mac, new Uint8Array(size)));
      await until(() => station.inbox.splice(0).length === 1);
    }
    client.close();
    await until(() => hub.net.ports.length === 1);
  });

  test("is joined again when it comes back", async () => {
    const first = makeHub();
    const listener = await WebSocketListener.open({ host: "127.0.0.1", port: 0 }, [], first.accept);
    const said: string[] = [];
    const client = new WebSocketClient(`ws://127.0.0.1:${listener.address.port}/`, scheduler, (line) => said.push(line));
    closing.push(() => client.close());
    await until(() => client.link.isUp && first.net.ports.length === 2);
    listener.close();
    await until(() => !client.link.isUp && said.length > 0);
    const second = makeHub();
    const again = await WebSocketListener.open(listener.address, [], second.accept);
    closing.push(() => again.close());
    await until(() => client.link.isUp && second.net.ports.length === 2);
    client.link.send(frameOf(BROADCAST, "52:54:00:00:00:05", [6]));
    await until(() => second.station.take().includes(6));
    expect(said.at(-1)).toMatch(/is there again$/);
  });

  test("understands a client that is not ours, and is understood", async () => {
    const hub = await listenWeb();
    const script = `
      const socket = new WebSocket(${JSON.stringify(hub.url)});
      socket.binaryType = "arraybuffer";
      socket.onopen = () => socket.send(Uint8Array.from([255, 255, 255, 255, 255, 255, 82, 84, 0, 0, 0, 9, 136, 182, 42, ...Array(300).fill(1)]));
      socket.onmessage = ({ data }) => { console.log(new Uint8Array(data)[14], data.byteLength); socket.close(); };`;
    // Node's own client, which has the flag where it is not yet on by default.
    const child = spawn(process.execPath, ["--experimental-websocket", "-e", script], { stdio: ["ignore", "pipe", "ignore"] });
    let output = "";
    child.stdout.on("data", (data: Buffer) => {
      output += data.toString();
    });
    await until(() => hub.station.inbox.length === 1);
    expect([hub.station.inbox[0]?.length, ...hub.station.take()]).toEqual([315, 42]);
    hub.station.wire.send(frameOf("52:54:00:00:00:09", hub.station.mac, new Uint8Array(1000).fill(7)));
    await until(() => child.exitCode !== null && hub.net.ports.length === 1);
    expect(output).toBe("7 1014\n");
  });

  test("lets no page in but those of the origins that it was told of", async () => {
    const hub = await listenWeb(["http://localhost:8080"]);
    const handshake = (origin: string) =>
      new Promise<string>((resolve) => {
        const socket = connect(Number(new URL(hub.url).port), "127.0.0.1");
        socket.on("data", (data) => {
          resolve(data.toString().split("\r\n")[0]!);
          socket.destroy();
        });
        socket.write(
          `GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
            `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: ${origin}\r\n\r\n`,
        );
      });
    expect(await handshake("http://localhost:8080")).toBe("HTTP/1.1 101 Switching Protocols");
    expect(await handshake("http://elsewhere.example")).toBe("HTTP/1.1 403 Forbidden");
  });

  test("says by its handshake's answer that it has read the question, as RFC 6455 has it", async () => {
    const hub = await listenWeb();
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(hub.url).port), "127.0.0.1");
      socket.on("data", (data) => {
        resolve(data.toString());
        socket.destroy();
      });
      socket.write(
        "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
      );
    });
    expect(answer).toContain("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  });

  test("closes for what is no frame, too large, or text", async () => {
    const hub = await listenWeb();
    for (const message of [new Uint8Array(5), new Uint8Array(80_000)]) {
      const socket = await openWebSocket(hub.url);
      let closed = false;
      socket.onclose = () => {
        closed = true;
      };
      socket.onmessage = () => {};
      socket.send(message);
      await until(() => closed && hub.net.ports.length === 1);
    }
  });
});
