// What the machine's network does: who has which address, which connections there are, what went wrong.
import { sizeLabel } from "../disks/kept-disks.js";
import { byId, make } from "../dom.js";
import type { MachineClient } from "../machine-client.js";
import { asSentence } from "../notice.js";
import type { NetworkState } from "../worker/network/protocol.js";

/** Connections that are shown; a guest can have many. */
const SHOWN = 50;

export class NetworkPanel {
  private readonly root = byId<HTMLDetailsElement>("network");
  private shown = "";

  constructor(machine: MachineClient) {
    machine.on("machine", () => this.show(undefined));
    machine.on("network", ({ state }) => this.show(state));
  }

  private show(state: NetworkState | undefined): void {
    this.root.hidden = state === undefined;
    const text = JSON.stringify(state);
    // What has not changed stays as it is, with the focus and what is marked in it.
    if (!state || text === this.shown) return;
    this.shown = text;
    byId("network-summary").textContent = state.summary;
    const { leases, connections, notes } = state;
    byId("network-leases").replaceChildren(...leases.map(({ address, mac, name }) => row(address, mac, name)));
    byId("network-connections").replaceChildren(
      ...connections
        .slice(0, SHOWN)
        .map(({ protocol, guest, remote, state: phase, sent, received }) =>
          row(pair(`${protocol} ${guest}`, `to ${remote}`), phase, pair(`${sizeLabel(sent)} out`, `${sizeLabel(received)} in`)),
        ),
    );
    byId("network-more").textContent = connections.length > SHOWN ? `and ${connections.length - SHOWN} more` : "";
    byId("network-notes").replaceChildren(...notes.map((note) => make("li", {}, asSentence(note))));
  }
}

/** Two lines of one cell. */
function pair(first: string, second: string): HTMLElement {
  return make("span", {}, first, make("br"), second);
}

function row(...cells: readonly (string | Node)[]): HTMLElement {
  return make("tr", {}, ...cells.map((cell) => make("td", {}, cell)));
}
