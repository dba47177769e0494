import { describe, expect, test } from "vitest";
import { CARD, COMMAND, createNetRig, ERR, EVERYTHING, MQ, OK, PEER } from "./testing/net-rig.js";

describe("several pairs", () => {
  const flow = (from: Uint8Array, to: Uint8Array, [source, destination]: readonly [number, number], ports: readonly [number, number]) =>
    Uint8Array.from([
      ...[...to, ...from, 8, 0, 0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, source, 10, 0, 0, destination],
      ...[ports[0] >> 8, ports[0] & 0xff, ports[1] >> 8, ports[1] & 0xff, ...new Array<number>(16).fill(0)],
    ]);
  const setPairs = (rig: ReturnType<typeof createNetRig>, pairs: number) =>
    rig.packets.command(COMMAND.PAIRS, 0, [pairs & 0xff, pairs >> 8], 8);

  test("the first alone is used until the driver says how many", () => {
    const rig = createNetRig({ card: { pairs: 4 } });
    for (let queue = 0; queue < 8; queue += 2) rig.packets.post(queue, 8, 200);
    for (let port = 0; port < 8; port++) rig.receive(flow(PEER, CARD, [2, 1], [port * 977, 80]));
    expect(rig.packets.received(0)).toHaveLength(8);
    expect([0, 5, 0x8000].map((pairs) => setPairs(rig, pairs))).toEqual([ERR, ERR, ERR]);
    expect(setPairs(rig, 4)).toBe(OK);
  });

  test("a flow comes in by the pair that it last went out by, others by any one", () => {
    const rig = createNetRig({ card: { pairs: 4 }, size: 64 });
    for (let queue = 0; queue < 8; queue += 2) rig.packets.post(queue, 40, 200);
    setPairs(rig, 4);
    for (const pair of [2, 0, 3, 1]) {
      rig.packets.send(flow(CARD, PEER, [1, 2], [80, 5000]), {}, { queue: 2 * pair + 1 });
      rig.receive(flow(PEER, CARD, [2, 1], [5000, 80]));
      expect([0, 1, 2, 3].map((other) => rig.packets.received(2 * other).length)).toEqual(
        [0, 1, 2, 3].map((other) => Number(other === pair)),
      );
    }
    for (let port = 0; port < 40; port++) rig.receive(flow(PEER, CARD, [2, 1], [port * 977, 80]));
    const spread = [0, 1, 2, 3].map((pair) => rig.packets.received(2 * pair).length);
    expect(Math.min(...spread)).toBeGreaterThan(0);
    expect(spread.reduce((sum, frames) => sum + frames)).toBe(40);
  });

  test("with fewer again, nothing comes by the others", () => {
    const rig = createNetRig({ card: { pairs: 4 } });
    for (let queue = 0; queue < 8; queue += 2) rig.packets.post(queue, 16, 200);
    setPairs(rig, 4);
    rig.packets.send(flow(CARD, PEER, [1, 2], [80, 5000]), {}, { queue: 7 });
    setPairs(rig, 2);
    for (let i = 0; i < 4; i++) rig.receive(flow(PEER, CARD, [2, 1], [5000 + i, 80]));
    expect([4, 6].map((queue) => rig.packets.received(queue).length)).toEqual([0, 0]);
  });

  test("a driver without MQ finds the control queue behind the first pair", () => {
    const { packets } = createNetRig({ card: { pairs: 4 }, features: EVERYTHING & ~MQ });
    expect(packets.command(COMMAND.RX, 0, [1], 2)).toBe(OK);
  });
});
