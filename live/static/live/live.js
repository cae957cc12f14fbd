// @ts-check
/**
 * The browser's end of the live edge: one socket, which resumes from the last number that this tab has, follows, and says
 * what it has stored. A number is all that is kept in the browser's storage.
 *
 * Everything is announced on `document`: "readback:event" (detail: LiveEvent), "readback:whisper" (what is true for
 * some seconds), "readback:state" (detail: {state}), and
 * "readback:alarm" when the server had to be restored from a backup and is behind this tab.
 */

/** @typedef {"live" | "connecting" | "offline"} State */
/**
 * @typedef {object} LiveEvent
 * @property {number} n
 * @property {string} event
 * @property {string} at
 * @property {{kind: string, id: string}} subject
 * @property {Record<string, unknown> | null} view
 */
/** @typedef {Record<string, unknown> & {t: string}} Frame */
/**
 * @typedef {object} Listeners
 * @property {(event: LiveEvent) => void} [onEvent]
 * @property {(state: State) => void} [onState]
 */
/**
 * @typedef {object} Live
 * @property {(act: string, fields: Record<string, unknown>) => Promise<Frame>} act
 * @property {() => State} state
 * @property {() => void} close
 */

const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 15_000;
/** The server says something every 15 s; after this much silence the socket is taken for dead. */
const SILENCE_MS = 40_000;
/** An answer to a ping that was sent because the page came back to the front. */
const ANSWER_MS = 4_000;
/** Acknowledgements are gathered for so long, because frames are rationed. */
const ACK_EVERY_MS = 80;
/** A socket act that has no answer by then is left to HTTP, with the same key. */
const ACT_MS = 8_000;
/** How long a head above our own number may be news that is still on its way. */
const BEHIND_MS = 3_000;

const SESSION_ENDED = 4401;
const TOO_MANY_SOCKETS = 4409;
const TOO_FAST = 4429;
const ALARM = "readback:alarm";

/** An act that the server refused, with the words for the person. */
export class Refused extends Error {
  /** @param {Frame} frame */
  constructor(frame) {
    super(String(frame.message));
    this.status = Number(frame.status);
  }
}

/** The act was not answered over the socket: send it by HTTP, with the same key. */
export class NotLive extends Error {}

/**
 * The last number of a person in this tab: kept in sessionStorage, or only in memory where that is forbidden.
 */
class Place {
  /** @param {string} person */
  constructor(person) {
    this.name = `readback:last:${person}`;
    /** @type {number | null} */
    this.number = null;
    const kept = remembered(this.name);
    if (kept !== null && /^\d{1,15}$/.test(kept)) this.number = Number(kept);
  }

  /** @param {number} number */
  keep(number) {
    this.number = number;
    remember(this.name, String(number));
  }
}

/** @param {string} name @returns {string | null} */
function remembered(name) {
  try {
    return sessionStorage.getItem(name);
  } catch {
    return null;
  }
}

/** @param {string} name @param {string | null} value */
function remember(name, value) {
  try {
    if (value === null) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, value);
  } catch {
    // Storage is forbidden or full: the number lives as long as the page.
  }
}

class Connection {
  /** @param {Listeners} listeners */
  constructor(listeners) {
    this.listeners = listeners;
    this.place = new Place(document.body.dataset.person ?? "");
    /** @type {State} */
    this.state = "connecting";
    /** @type {WebSocket | null} */
    this.socket = null;
    this.isOver = false;
    this.failures = 0;
    this.heard = 0;
    /** @type {Map<string, {resolve: (frame: Frame) => void, reject: (error: Error) => void, timer: number}>} */
    this.waiting = new Map();
    /** @type {Map<string, number>} */
    this.timers = new Map();
    this.onVisible = () => this.lookAgain();
    this.onOffline = () => this.lose();
    this.onHide = () => this.drop();
  }

  start() {
    document.addEventListener("visibilitychange", this.onVisible);
    addEventListener("online", this.onVisible);
    addEventListener("pageshow", this.onVisible);
    addEventListener("offline", this.onOffline);
    addEventListener("pagehide", this.onHide);
    if (remembered(ALARM) !== null) {
      remember(ALARM, null);
      document.dispatchEvent(new CustomEvent(ALARM, { detail: { kind: "ahead" } }));
    }
    this.open();
  }

  close() {
    this.isOver = true;
    document.removeEventListener("visibilitychange", this.onVisible);
    removeEventListener("online", this.onVisible);
    removeEventListener("pageshow", this.onVisible);
    removeEventListener("offline", this.onOffline);
    removeEventListener("pagehide", this.onHide);
    this.drop();
  }

  open() {
    if (this.isOver || this.socket !== null) return;
    this.unset("retry");
    this.enter("connecting");
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    /** @type {WebSocket} */
    let socket;
    try {
      socket = new WebSocket(`${scheme}://${location.host}/live/`);
    } catch {
      this.lose();
      return;
    }
    this.socket = socket;
    socket.addEventListener("open", () => this.hello());
    socket.addEventListener("message", (message) => this.hear(socket, String(message.data)));
    socket.addEventListener("close", (event) => {
      if (this.socket === socket) this.closed(event.code);
    });
  }

  hello() {
    this.listen();
    this.send({ t: "hello", after: this.place.number });
  }

  /** Each frame proves that the socket lives; the proof lasts for SILENCE_MS. */
  listen() {
    this.heard = Date.now();
    this.set("silence", SILENCE_MS, () => this.lose());
  }

  /** @param {WebSocket} socket @param {string} text */
  hear(socket, text) {
    if (this.socket !== socket) return;
    this.listen();
    this.unset("answer");
    /** @type {Frame} */
    const frame = JSON.parse(text);
    if (frame.t === "event") this.take(/** @type {LiveEvent} */ (/** @type {unknown} */ (frame)));
    else if (frame.t === "welcome") this.welcomed(Number(frame.after));
    else if (frame.t === "pong") this.compare(Number(frame.head));
    else if (frame.t === "ahead") this.reload(Number(frame.head));
    else if (frame.t === "result" || frame.t === "refused") this.answered(frame);
    else if (frame.t === "whisper") document.dispatchEvent(new CustomEvent("readback:whisper", { detail: frame }));
  }

  /** @param {number} after */
  welcomed(after) {
    this.failures = 0;
    this.place.keep(after);
    this.enter("live");
  }

  /** @param {LiveEvent} event */
  take(event) {
    const last = this.place.number ?? 0;
    if (event.n <= last) return;
    if (event.n > last + 1) {
      this.hello();
      return;
    }
    this.place.keep(event.n);
    this.acknowledge();
    this.listeners.onEvent?.(event);
    document.dispatchEvent(new CustomEvent("readback:event", { detail: event }));
  }

  acknowledge() {
    if (!this.timers.has("ack")) {
      this.set("ack", ACK_EVERY_MS, () => this.send({ t: "ack", n: this.place.number }));
    }
  }

  /** @param {number} head */
  compare(head) {
    if (head <= (this.place.number ?? 0)) this.unset("behind");
    else if (!this.timers.has("behind")) {
      this.set("behind", BEHIND_MS, () => {
        if (head > (this.place.number ?? 0)) this.hello();
      });
    }
  }

  /** The server was restored from a backup: what this tab shows may not be there any more. @param {number} head */
  reload(head) {
    this.place.keep(head);
    remember(ALARM, "1");
    this.close();
    document.dispatchEvent(new CustomEvent(ALARM, { detail: { kind: "ahead" } }));
    location.reload();
  }

  /** @param {string} act @param {Record<string, unknown>} fields @returns {Promise<Frame>} */
  act(act, fields) {
    const key = String(fields.key);
    return new Promise((resolve, reject) => {
      if (this.state !== "live") {
        reject(new NotLive());
        return;
      }
      const timer = setTimeout(() => this.giveUp(key), ACT_MS);
      this.waiting.set(key, { resolve, reject, timer });
      this.send({ ...fields, t: "act", act, key });
    });
  }

  /** @param {Frame} frame */
  answered(frame) {
    const waiting = this.waiting.get(String(frame.key));
    if (waiting === undefined) return;
    this.waiting.delete(String(frame.key));
    clearTimeout(waiting.timer);
    if (frame.t === "result") waiting.resolve(frame);
    // Not done, and to be sent again: what is sent by HTTP is kept and tried until it is.
    else if (Number(frame.status) === 503) waiting.reject(new NotLive());
    else waiting.reject(new Refused(frame));
  }

  /** @param {string} key */
  giveUp(key) {
    const waiting = this.waiting.get(key);
    this.waiting.delete(key);
    if (waiting === undefined) return;
    clearTimeout(waiting.timer);
    waiting.reject(new NotLive());
  }

  /** @param {Record<string, unknown>} frame */
  send(frame) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  /** @param {number} code */
  closed(code) {
    this.forget();
    if (code === SESSION_ENDED) leave();
    else if (code === TOO_MANY_SOCKETS) this.enter("offline");
    else this.retry(code === TOO_FAST ? LONGEST_WAIT_MS : 0);
  }

  /** The network has gone, or the socket says nothing any more. */
  lose() {
    this.drop();
    this.retry(0);
  }

  drop() {
    const socket = this.socket;
    this.forget();
    socket?.close();
  }

  forget() {
    this.socket = null;
    for (const name of [...this.timers.keys()]) this.unset(name);
    for (const key of [...this.waiting.keys()]) this.giveUp(key);
  }

  /** @param {number} atLeast */
  retry(atLeast) {
    if (this.isOver) return;
    this.enter("offline");
    const wait = Math.min(FIRST_WAIT_MS * 2 ** this.failures, LONGEST_WAIT_MS);
    this.failures += 1;
    // Not all at once: a ward's phones lose the same server in the same moment.
    this.set("retry", Math.max(atLeast, wait * (0.5 + Math.random() / 2)), () => this.open());
  }

  /** The page is in front again, or the network is back: nobody waits for a timer now. */
  lookAgain() {
    if (this.isOver || document.visibilityState !== "visible") return;
    if (this.socket === null) {
      this.failures = 0;
      this.open();
    } else if (this.socket.readyState === WebSocket.OPEN && Date.now() - this.heard > 1_000) {
      this.send({ t: "ping" });
      if (!this.timers.has("answer")) this.set("answer", ANSWER_MS, () => this.lose());
    }
  }

  /** @param {State} state */
  enter(state) {
    if (this.isOver || (this.state === state && state !== "connecting")) return;
    this.state = state;
    this.listeners.onState?.(state);
    document.dispatchEvent(new CustomEvent("readback:state", { detail: { state } }));
  }

  /** @param {string} name @param {number} wait @param {() => void} then */
  set(name, wait, then) {
    this.unset(name);
    this.timers.set(
      name,
      setTimeout(() => {
        this.timers.delete(name);
        then();
      }, wait),
    );
  }

  /** @param {string} name */
  unset(name) {
    const timer = this.timers.get(name);
    if (timer !== undefined) clearTimeout(timer);
    this.timers.delete(name);
  }
}

/** The session has ended: nothing of a patient stays on the screen or in this tab, and the next person signs in. */
function leave() {
  document.body.replaceChildren();
  document.title = "Readback";
  try {
    sessionStorage.clear();
  } catch {
    // Nothing could be kept there, then.
  }
  location.replace("/sign-in/");
}

/**
 * Connects this page. Call it once, on pages of a signed-in person; `<body data-person>` names whose number is resumed.
 *
 * @param {Listeners} [listeners]
 * @returns {Live}
 */
export function connect(listeners = {}) {
  const connection = new Connection(listeners);
  connection.start();
  return {
    act: (act, fields) => connection.act(act, fields),
    state: () => connection.state,
    close: () => connection.close(),
  };
}
