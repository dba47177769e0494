// The page in a real browser. One file, because it is built once and served once.
import { afterAll, afterEach, beforeAll, beforeEach, describe } from "vitest";
import { lacks } from "../support/requirements.js";
import { CHROMIUM, PATIENCE, Site, type Visits } from "./browser.js";
import { disks } from "./disks.js";
import { firstVisit } from "./first-visit.js";
import { networks } from "./networks.js";
import { ownMachines } from "./own-machines.js";

describe.skipIf(lacks(CHROMIUM))(
  "in Chromium (skipped where there is none; CHROMIUM names one), the page:",
  { timeout: 2 * PATIENCE },
  () => {
    const visits = {} as Visits;

    beforeAll(async () => {
      visits.site = await Site.open();
    }, 300_000);
    afterAll(() => visits.site?.close());
    beforeEach(async () => {
      visits.now = await visits.site.visit();
    }, 2 * PATIENCE);
    afterEach(() => visits.now?.close());

    firstVisit(visits);
    ownMachines(visits);
    disks(visits);
    networks(visits);
  },
);
