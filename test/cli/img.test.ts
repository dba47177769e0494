// `ringside img` beside the real qemu-img 7.2: what is printed, byte by byte, the exit code, and what the images then are. Commands that only look at
// images, and those that make new ones.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lacksQemuImg } from "../block/tools.js";
import { ringside } from "../support/command.js";
import { pairForEachTest } from "./img-pair.js";

const pair = pairForEachTest();

describe.skipIf(lacksQemuImg)("as qemu-img", () => {
  test("create: what is made, and how it is told", async () => {
    await pair.agree(
      "create -f qcow2 a.qcow2 1G",
      "create a.raw 10M",
      "create -f raw b.raw 1000",
      "create -q -f qcow2 q.qcow2 1G",
      "create -f qcow2 -b a.qcow2 -F qcow2 b.qcow2",
      "create -f qcow2 -o backing_file=a.qcow2,backing_fmt=qcow2 c.qcow2 2G",
      "create -f qcow2 -u -b nothere -F qcow2 d.qcow2 2G",
      "create -f qcow2 -o cluster_size=2M -o extended_l2=on,preallocation=metadata,lazy_refcounts=on,refcount_bits=1,compression_type=zstd e.qcow2 1M",
      "create -f qcow2 -o data_file=f.data,data_file_raw=on f.qcow2 1M",
      "create -f qcow2 -o compat=0.10 g.qcow2 1.5M",
      "create -f qcow2 -o compat=v2,cluster_size=4k,size=3M h.qcow2",
      "create -f qcow2 -o lazy_refcounts i.qcow2 1M",
      "create -f qcow2 -o nolazy_refcounts,preallocation=full,nocow=on j.qcow2 1M",
      "create -f raw -o preallocation=falloc,nocow=off,extent_size_hint=1M k.raw 1M",
      "create -f qcow2 -o backing_file=x,,y.raw,backing_fmt=raw -u l.qcow2 1M",
      "create -f qcow2 x,y=z.qcow2 1M",
    );
    for (const image of ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "l"]) {
      await pair.agree(`info ${image}.qcow2`, `info --output=json ${image}.qcow2`);
      if (image !== "d" && image !== "l") pair.expectSound(`${image}.qcow2`, "create");
    }
    await pair.agree("info a.raw", "info b.raw", "info --output=json k.raw");
  });

  test("create: what is refused", async () => {
    pair.chain();
    await pair.agree(
      "create",
      "create -Z",
      "create --foo",
      "create -f",
      "create -f qcow2 c.qcow2",
      "create -f foo c.raw 1M",
      "create -f qcow2 c.qcow2 foo",
      "create -f qcow2 c.qcow2 -- -1",
      "create -f qcow2 c.qcow2 1M 2M",
      "create -f raw x 10E",
      "create -f raw -b r.raw c.raw",
      "create -F qcow2 c.raw 1M",
      "create -f qcow2 -F qcow2 c.qcow2 1M",
      "create -f qcow2 -b nothere -F qcow2 c.qcow2",
      "create -f qcow2 -b r.raw -F qcow2 c.qcow2",
      "create -f qcow2 -b r.raw -F foo c.qcow2",
      "create -f qcow2 -b c.qcow2 -F qcow2 c.qcow2",
      "create -f qcow2 -b base.qcow2 c.qcow2",
      'create -f qcow2 -b "" c.qcow2 1M',
      "create -f qcow2 -u -b nothere -F qcow2 c.qcow2",
      "create -f raw -o size=1M c.raw 2M",
      "create -f qcow2 -o foo=1 c.qcow2 1M",
      'create -f qcow2 -o "" c.qcow2 1M',
      "create -f qcow2 -o cluster_size=4k, c.qcow2 1M",
      "create -f qcow2 -o cluster_size=3000 c.qcow2 1M",
      "create -f qcow2 -o cluster_size=foo c.qcow2 1M",
      "create -f qcow2 -o cluster_size=4k,extended_l2=on c.qcow2 1M",
      "create -f qcow2 -o lazy_refcounts=foo c.qcow2 1M",
      "create -f qcow2 -o refcount_bits=foo c.qcow2 1M",
      "create -f qcow2 -o refcount_bits=3 c.qcow2 1M",
      "create -f qcow2 -o compat=2 c.qcow2 1M",
      "create -f qcow2 -o compat=0.10,refcount_bits=8 c.qcow2 1M",
      "create -f qcow2 -o compat=0.10,lazy_refcounts=on c.qcow2 1M",
      "create -f qcow2 -o compat=0.10,extended_l2=on c.qcow2 1M",
      "create -f qcow2 -o compat=0.10,compression_type=zstd c.qcow2 1M",
      "create -f qcow2 -o compat=0.10,data_file=x c.qcow2 1M",
      "create -f qcow2 -o compression_type=foo c.qcow2 1M",
      "create -f qcow2 -o preallocation=foo c.qcow2 1M",
      "create -f raw -o preallocation=foo c.raw 1M",
      "create -f raw -o preallocation=metadata c.raw 1M",
      "create -f qcow2 -o data_file_raw=on c.qcow2 1M",
      "create -f qcow2 -o preallocation=metadata,backing_file=r.raw,backing_fmt=raw c.qcow2 1M",
      "create -f qcow2 -o cluster_size=512 c.qcow2 100T",
      "create -f qcow2 /nonexistent/c.qcow2 1M",
      "create -f raw /tmp 1M",
      "create -f qcow2 x:y 1M",
    );
  });

  test("info: chains, snapshots, bitmaps, data files, damaged images", async () => {
    pair.chain();
    pair.prepare(
      ["create", "-q", "-f", "qcow2", "bitmaps.qcow2", "10M"],
      ["bitmap", "--add", "-g", "32k", "bitmaps.qcow2", "b0"],
      ["bitmap", "--add", "bitmaps.qcow2", "b1"],
      ["bitmap", "--disable", "bitmaps.qcow2", "b1"],
      ["create", "-q", "-f", "qcow2", "-o", "data_file=d.data", "data.qcow2", "3M"],
      ["create", "-q", "-f", "qcow2", "-u", "-b", "nothere", "-F", "qcow2", "orphan.qcow2", "1M"],
      ["create", "-q", "-f", "qcow2", "loop.qcow2", "1M"],
      ["rebase", "-u", "-b", "loop.qcow2", "-F", "qcow2", "loop.qcow2"],
      ["create", "-q", "-f", "qcow2", '日"本.qcow2', "1M"],
    );
    await pair.agree(
      "info top.qcow2",
      "info --backing-chain top.qcow2",
      "info --output=json --backing-chain top.qcow2",
      "info --output json mid.qcow2",
      "info -U base.qcow2",
      "info -f raw base.qcow2",
      "info --format=raw r.raw",
      "info --form=raw r.raw",
      "info ./top.qcow2",
      "info file:r.raw",
      "info bitmaps.qcow2",
      "info --output=json bitmaps.qcow2",
      "info data.qcow2",
      "info --output=json data.qcow2",
      "info orphan.qcow2",
      "info --backing-chain orphan.qcow2",
      "info --backing-chain loop.qcow2",
      'info --output=json 日"本.qcow2',
    );
    await pair.agree(
      "info",
      "info a b",
      "info nothere",
      'info ""',
      "info .",
      "info x:y",
      "info --output=foo r.raw",
      "info --output",
      "info -f qcow2 r.raw",
      "info -f foo r.raw",
      "info --backing-chain=3 r.raw",
    );
  });

  test("what an image refers to lies beside it; a data file, and what has a protocol, where the program was started", async () => {
    pair.prepare(["create", "-q", "-f", "raw", "base.raw", "1M"], ["io", "-f", "raw", "-c", "write -P 1 0 1M", "base.raw"]);
    for (const folder of [pair.ours, pair.theirs]) mkdirSync(join(folder, "sub"));
    await pair.agree(
      "convert -f raw -O raw base.raw sub/beside.raw",
      "create -f qcow2 -b beside.raw -F raw sub/top.qcow2",
      "map sub/top.qcow2",
      "create -f qcow2 -u -b file:base.raw -F raw sub/here.qcow2 1M",
      "info sub/here.qcow2",
      "map sub/here.qcow2",
      "create -f qcow2 -u -b file:beside.raw -F raw sub/not.qcow2 1M",
      "map sub/not.qcow2",
      "create -f qcow2 -o data_file=data.raw sub/data.qcow2 1M",
      "convert -n -f raw -O qcow2 base.raw sub/data.qcow2",
      "map sub/data.qcow2",
      "compare -f raw -F raw base.raw data.raw",
    );
    for (const folder of [pair.ours, pair.theirs]) rmSync(join(folder, "data.raw"));
    await pair.agree("map sub/data.qcow2");
  });

  test("map: by layer, in parts, as text and as JSON", async () => {
    pair.chain();
    await pair.agree(
      "map top.qcow2",
      "map mid.qcow2",
      "map --output=json top.qcow2",
      "map --output=json mid.qcow2",
      "map --output=json base.qcow2",
      "map --output=json --start-offset=100k --max-length 1M mid.qcow2",
      "map -s 100k -l 1M mid.qcow2",
      "map --start-offset=100M mid.qcow2",
      "map --output json -s 100M mid.qcow2",
      "map --output=json r.raw",
      "map -f raw r.raw",
      "map",
      "map a b",
      "map --start-offset=foo mid.qcow2",
      "map --max-length=foo mid.qcow2",
      "map --max-length=10E mid.qcow2",
      "map nothere",
    );
    pair.prepare(["convert", "-c", "-O", "qcow2", "base.qcow2", "compressed.qcow2"]);
    await pair.agree("map --output=json compressed.qcow2", "map compressed.qcow2");
  });

  test("compare: equal, different, of other sizes, strictly", async () => {
    pair.chain();
    pair.prepare(
      ["create", "-q", "-f", "qcow2", "empty.qcow2", "2M"],
      ["convert", "-O", "raw", "base.qcow2", "base.raw"],
      ["convert", "-O", "qcow2", "base.qcow2", "copy.qcow2"],
    );
    await pair.agree(
      "compare base.qcow2 base.raw",
      "compare base.qcow2 base.qcow2",
      "compare base.qcow2 mid.qcow2",
      "compare -q base.qcow2 mid.qcow2",
      "compare -p base.qcow2 mid.qcow2",
      "compare -p -q base.qcow2 base.qcow2",
      "compare mid.qcow2 top.qcow2",
      "compare -s base.qcow2 mid.qcow2",
      "compare -s base.qcow2 base.qcow2",
      "compare -s base.qcow2 copy.qcow2",
      "compare r.raw empty.qcow2",
      "compare -s r.raw empty.qcow2",
      "compare -f raw -F qcow2 r.raw empty.qcow2",
      "compare empty.qcow2 base.qcow2",
      "compare r.raw nothere",
      "compare nothere r.raw",
      "compare r.raw",
      "compare r.raw a b",
      "compare -f foo r.raw a",
      "compare -F qcow2 r.raw r.raw",
      "compare -T foo r.raw r.raw",
    );
  });

  test("measure: of sizes and of images", async () => {
    pair.chain();
    for (const options of [
      "",
      "-o cluster_size=2M",
      "-o cluster_size=512",
      "-o refcount_bits=64",
      "-o refcount_bits=1,extended_l2=on",
      "-o preallocation=full",
      "-o compat=0.10",
    ]) {
      await pair.agree(...["0", "1M", "1G", "10T", "123456789"].map((size) => `measure -O qcow2 ${options} --size ${size}`));
      await pair.agree(...["top.qcow2", "mid.qcow2", "r.raw"].map((file) => `measure -O qcow2 ${options} ${file}`));
    }
    pair.prepare(["bitmap", "--add", "base.qcow2", "b1"], ["snapshot", "-c", "s", "base.qcow2"]);
    await pair.agree(
      "measure --size 1G",
      "measure -O raw --output=json --size 1G",
      "measure -O raw top.qcow2",
      "measure -O qcow2 --output=json --size 1G",
      "measure -O qcow2 base.qcow2",
      "measure -O qcow2 --output=json base.qcow2",
      "measure -O qcow2 -l s base.qcow2",
      "measure -O qcow2 -l q base.qcow2",
      "measure -O qcow2 -o backing_file=base.qcow2,backing_fmt=qcow2 mid.qcow2",
      "measure -O qcow2 -o size=5M --size 1M",
      "measure -O qcow2",
      "measure -O qcow2 a b",
      "measure -O qcow2 --size 1M base.qcow2",
      "measure -O qcow2 --size foo",
      "measure -O foo --size 1",
      "measure -O qcow2 nothere",
      "measure --output=foo --size 1",
      "measure -O qcow2 -o foo=bar --size 1M",
      "measure -O qcow2 -o cluster_size=foo --size 1M",
      "measure -O qcow2 -o cluster_size=3000 --size 1M",
      "measure -O qcow2 -o refcount_bits=3 --size 1M",
      "measure -O qcow2 -o compat=2 --size 1M",
      "measure -O qcow2 -o preallocation=foo --size 1M",
      "measure -O qcow2 -o , --size 1M",
      "measure -l s --size 1M",
      "measure -f raw --size 1M",
    );
  });

  test("commands and help", async () => {
    await pair.agree("frobnicate x", "info -Z x");
    expect((await pair.ringside([])).err).toBe("ringside: Not enough arguments\nTry 'ringside img --help' for more information\n");
    for (const args of [["--help"], ["create", "-h"], ["resize", "x", "--help"]]) {
      expect(await pair.ringside(args)).toMatchObject({ code: 0, out: expect.stringMatching(/^usage: ringside img/) });
    }
    const theirs = pair.qemuImg(pair.theirs, ["create", "-f", "qcow2", "-o", "help", "x"]).out;
    const ours = await pair.ringside(["create", "-f", "qcow2", "-o", "help", "x"]);
    expect(ours.out).toBe(theirs.replace(/^ {2}encrypt.*\n/gm, ""));
    await pair.agree("create -f raw -o help", "create -f raw -o help x", "convert -O raw -o size=1,help a b");
    for (const option of ["--object=secret,id=x", "--image-opts"]) {
      expect(await pair.ringside(["info", option, "x"])).toMatchObject({
        code: 1,
        err: expect.stringMatching(/^ringside: --\S+ is not supported: /),
      });
    }
  });
});

test("images on a web server are read, and can not name files of this host", async () => {
  const { ours } = pair;
  const ringside = (args: readonly string[]) => pair.ringside(args);
  await ringside(["create", "-q", "-f", "qcow2", "base.qcow2", "1M"]);
  await ringside(["create", "-q", "-f", "qcow2", "-b", "base.qcow2", "-F", "qcow2", "top.qcow2"]);
  await ringside(["create", "-q", "-f", "qcow2", "-b", join(ours, "base.qcow2"), "-F", "qcow2", "sly.qcow2"]);
  const server = createServer((request, response) => {
    const path = join(ours, request.url!.slice(1));
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? "")!.map(Number);
    if (!existsSync(path)) return void response.writeHead(404).end();
    const file = readFileSync(path);
    const part = file.subarray(from, to! + 1);
    response.writeHead(206, { "content-range": `bytes ${from}-${from! + part.length - 1}/${file.length}` }).end(part);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    expect(await ringside(["info", `${address}/top.qcow2`])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^virtual size: 1 MiB .*\ndisk size: unavailable\n/m),
    });
    expect(await ringside(["compare", `${address}/top.qcow2`, "base.qcow2"])).toMatchObject({ code: 0 });
    expect(await ringside(["map", `${address}/sly.qcow2`])).toMatchObject({ code: 1, err: expect.stringMatching(/status 404$/m) });
    expect(await ringside(["resize", `${address}/top.qcow2`, "2M"])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/can only be read$/m),
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test("the command: arguments come through as they are, and so do exit codes", () => {
  const run = (...args: string[]) => ringside(["img", ...args], { cwd: pair.ours });
  expect(run("create", "-q", "-f", "qcow2", "a.qcow2", "2M")).toEqual({ code: 0, output: "", errors: "" });
  expect(run("resize", "--shrink", "a.qcow2", "--", "-1M")).toMatchObject({ code: 0, output: "Image resized.\n" });
  expect(run("compare", "a.qcow2", "b.qcow2")).toMatchObject({
    code: 2,
    errors: expect.stringMatching(/^ringside: Could not open 'b.qcow2': /),
  });
  expect(run("--help")).toMatchObject({ code: 0, output: expect.stringMatching(/^usage: ringside img command/) });
});
