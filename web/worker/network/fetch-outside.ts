// The way outside by the page's own requests: whatever a guest connects to is expected to be an HTTP server, and its request is made by fetch(), under the
// page's rules: the other side has to let the page read its answers (CORS), and cookies and some headers are not passed on. What is not HTTP is reset.
//
// Not here: UDP (but for names, which are the gateway's), HTTPS (the guest would see that the page is in between), answers before the request is whole.
import type { Nanoseconds, Scheduler, Timer } from "../../../core/bus/clock.js";
import type { Endpoint } from "../../../devices/net/gateway/address.js";
import type { Datagrams, Outside, Stream, StreamEvents } from "../../../devices/net/gateway/outside.js";
import type { NameAddresses } from "../../../devices/net/relay/name-addresses.js";
import { type HttpRequest, HttpRequestReader, NotHttp } from "./http-request.js";

export interface FetchOutsideOptions {
  readonly scheduler: Scheduler;
  readonly names: NameAddresses;
  /** What the visitor should know. */
  readonly tell: (line: string) => void;
}

/** How long a guest has to say what it wants. */
const PATIENCE: Nanoseconds = 30e9;
/** Of the connection with the guest, or the browser's own to say. */
const NOT_PASSED_ON =
  /^(host|connection|keep-alive|user-agent|content-length|transfer-encoding|te|trailer|upgrade|expect|accept-encoding|accept-charset|cookie2?|date|dnt|origin|referer|via|proxy-.*|sec-.*)$/;
/** Of the answer: its body comes decoded, and ends with the connection. */
const NOT_GIVEN_BACK = /^(connection|keep-alive|transfer-encoding|content-encoding|content-length|trailer|upgrade)$/;
/** RFC 9110, section 9.3: with these there is no body. */
const WITHOUT_BODY = /^(GET|HEAD)$/;

export function createFetchOutside(options: FetchOutsideOptions): Outside {
  const listen = async () => {
    throw new Error("nobody outside can connect to a page");
  };
  return {
    connect: (to, events) => new FetchStream(to, events, options),
    datagrams: () => withoutDatagrams(options),
    listen,
    listenDatagrams: listen,
    resolve: async (query) => options.names.answer(query),
    isOwn: () => false,
  };
}

function withoutDatagrams({ names, tell }: FetchOutsideOptions): Datagrams {
  return {
    send: ({ address, port }) => tell(`UDP to ${names.nameOf(address)}:${port} was dropped: a page can not send it`),
    close: () => {},
  };
}

class FetchStream implements Stream {
  private readonly reader = new HttpRequestReader();
  private readonly abort = new AbortController();
  private readonly patience: Timer;
  private readonly authority: string;
  private isAsked = false;
  private isOver = false;
  /** Resolves when the guest takes more. */
  private taken: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  constructor(
    to: Endpoint,
    private readonly events: StreamEvents,
    private readonly options: FetchOutsideOptions,
  ) {
    this.authority = `${options.names.nameOf(to.address)}:${to.port}`;
    this.patience = options.scheduler.timer("http request", () => this.reset("does not say anything"));
    this.patience.at(options.scheduler.now() + PATIENCE);
    // Not before the call that made it has returned.
    void Promise.resolve().then(() => {
      if (!this.isOver) this.events.opened();
    });
  }

  write(bytes: Uint8Array): boolean {
    if (this.isAsked || this.isOver) return true;
    try {
      const request = this.reader.push(bytes);
      if (request) void this.ask(request);
    } catch (error) {
      if (!(error instanceof NotHttp)) throw error;
      // The stream may not end inside of this call.
      this.isAsked = true;
      void Promise.resolve().then(() => this.reset(error.message));
    }
    return true;
  }

  private reset(why: string): void {
    if (this.isOver) return;
    this.over();
    this.options.tell(`the connection to ${this.authority} was reset: the guest ${why}`);
    this.events.failed("reset");
  }

  private over(): void {
    this.isOver = true;
    this.patience.cancel();
  }

  private async ask(request: HttpRequest): Promise<void> {
    this.isAsked = true;
    this.patience.cancel();
    const address = `http://${this.authority}${request.path}`;
    let response: Response;
    try {
      response = await fetch(address, this.init(request));
    } catch (error) {
      if (this.isOver) return;
      const why = `the page could not fetch ${address}: it can not be reached, or does not let this page read it (CORS)`;
      this.options.tell(`${why}; ${error instanceof Error ? error.message : String(error)}`);
      this.say(`HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n${why}\n`);
      this.finish();
      return;
    }
    if (this.isOver) return;
    const fields = [...response.headers].filter(([name]) => !NOT_GIVEN_BACK.test(name)).map(([name, value]) => `${name}: ${value}\r\n`);
    this.say(`HTTP/1.1 ${response.status} ${response.statusText}\r\n${fields.join("")}connection: close\r\n\r\n`);
    await this.pass(response);
  }

  private init({ method, headers, body }: HttpRequest): RequestInit {
    return {
      method,
      headers: headers.filter(([name]) => !NOT_PASSED_ON.test(name)).map(([name, value]): [string, string] => [name, value]),
      body: WITHOUT_BODY.test(method.toUpperCase()) ? null : (body as Uint8Array<ArrayBuffer>),
      credentials: "omit",
      referrerPolicy: "no-referrer",
      cache: "no-store",
      signal: this.abort.signal,
    };
  }

  private async pass(response: Response): Promise<void> {
    const reader = response.body?.getReader();
    try {
      for (let part = await reader?.read(); part && !part.done; part = await reader!.read()) {
        if (this.isOver) return;
        this.events.data(part.value);
        await this.taken?.promise;
      }
    } catch {
      if (this.isOver) return;
      this.over();
      this.options.tell(`what ${this.authority} sent ended before its time`);
      this.events.failed("reset");
      return;
    }
    this.finish();
  }

  private say(text: string): void {
    this.events.data(Uint8Array.from(text, (character) => character.charCodeAt(0)));
  }

  private finish(): void {
    if (this.isOver) return;
    this.over();
    this.events.ended();
    this.events.closed();
  }

  end(): void {
    if (!this.isAsked) this.reset("ended before it had asked for anything");
  }

  pause(): void {
    let resolve = () => {};
    const promise = new Promise<void>((done) => {
      resolve = done;
    });
    this.taken ??= { promise, resolve };
  }

  resume(): void {
    this.taken?.resolve();
    this.taken = undefined;
  }

  destroy(): void {
    this.over();
    this.abort.abort();
    this.resume();
  }
}
