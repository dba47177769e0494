// `npm run bench:exits`: what a guest leaves for, for each mebibyte that it moves over IDE, virtio and network cards. The paravirtual gain, counted.
import { existsSync } from "node:fs";
import { prepareEngine } from "../../cli/host.js";
import { HOW_TO_BUILD, KIT } from "../kit.js";
import { type IoResults, runIo } from "./guest.js";
import { parseIoOptions } from "./options.js";
import { ioTables, ioToJson } from "./report.js";

const options = parseIoOptions(process.argv);
if (![KIT.kernel, KIT.exitsInitrd].every((path) => existsSync(path))) {
  console.error(HOW_TO_BUILD);
  process.exit(2);
}
prepareEngine();
const results: IoResults[] = [];
for (const road of options.roads) results.push(await runIo(road, options));
const { megabytes } = options;
console.log(options.json ? JSON.stringify(ioToJson(results, megabytes), undefined, 2) : ioTables(results, megabytes));
