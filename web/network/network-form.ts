// The part of the machine dialog that says what the machine's network card is plugged into.
import { byId, make } from "../dom.js";
import type { NetworkChoice, NetworkSpec, NicModel } from "../worker/network/protocol.js";

const MODELS = {
  e1000: "Intel 82540EM (e1000)",
  rtl8139: "Realtek RTL8139",
  ne2k_pci: "NE2000, on PCI",
  "virtio-net-pci": "virtio-net",
} as const satisfies Readonly<Record<NicModel, string>>;

type Kind = NetworkChoice["kind"];

/** Where `ringside relay` and `ringside switch` are usually found. */
const ADDRESSES: Partial<Readonly<Record<Kind, string>>> = { relay: "ws://localhost:8001/", switch: "ws://localhost:8000/" };

export class NetworkForm {
  private readonly kind = byId<HTMLSelectElement>("network-kind");
  private readonly model = byId<HTMLSelectElement>("network-model");
  private readonly address = byId<HTMLInputElement>("network-address");

  constructor() {
    for (const [value, label] of Object.entries(MODELS)) this.model.append(make("option", { value }, label));
    this.kind.addEventListener("change", () => {
      this.address.value = ADDRESSES[this.kind.value as Kind] ?? "";
      this.update();
    });
    this.update();
  }

  private update(): void {
    const { value } = this.kind;
    byId("network-model-field").hidden = value === "none";
    byId("network-address-field").hidden = !(value in ADDRESSES);
    byId("network-hint").textContent = HINTS[value as Kind];
  }

  network(): NetworkSpec | undefined {
    const kind = this.kind.value as Kind;
    if (kind === "none") return undefined;
    const network: NetworkChoice = kind === "relay" || kind === "switch" ? { kind, address: this.address.value.trim() } : { kind };
    return { model: this.model.value as NicModel, network };
  }
}

const HINTS: Readonly<Record<Kind, string>> = {
  none: "",
  fetch:
    "DHCP and names are answered here. HTTP requests are made by this page, also in your own network; servers have to let it read their answers (CORS).",
  relay:
    "DHCP and names are answered here. A relay makes the connections: ringside relay --origin with this page's origin, or another that speaks Wisp.",
  tabs: "One switch for the machines of all tabs of this page. Nobody gives addresses there, unless a guest does.",
  switch: "A port of a switch: ringside switch --listen ws://:8000 --origin with this page's origin.",
};
