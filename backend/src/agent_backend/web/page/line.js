// The socket: opened with a single-use ticket, opened again when it is lost, and brought up to date by resuming every run
// that has not ended from the last event that was seen.

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 8000;
const HEARTBEAT = 20000;
const mayComeBack = (code) => code === 1001 || code === 1006 || code === 1011 || code === 1012 || (code >= 3000 && code < 3500);

export class Line {
  constructor(session, { onFrame, onState, unsaid }) {
    this.session = session;
    this.onFrame = onFrame;
    this.onState = onState;
    this.unsaid = unsaid;
    this.pause = FIRST_PAUSE;
    this.closed = false;
    this.waiting = [];
  }

  async open() {
    this.closed = false;
    this.onState("connecting", "Connecting");
    try {
      const { ticket } = await this.session.request("POST", "/api/tickets", {});
      if (!this.closed) this.connect(ticket);
    } catch (error) {
      if (error.status === 401) return;
      this.later("No answer");
    }
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    clearInterval(this.beat);
    this.socket?.close(1000);
  }

  // Say something as soon as the line is ready.
  say(message) {
    if (this.ready) this.socket.send(JSON.stringify(message));
    else this.waiting.push(message);
  }

  connect(ticket) {
    const place = new URL("/ws", window.location.href);
    place.protocol = place.protocol.replace("http", "ws");
    place.searchParams.set("ticket", ticket);
    this.socket = new WebSocket(place);
    this.socket.addEventListener("message", ({ data }) => this.heard(JSON.parse(data)));
    this.socket.addEventListener("close", ({ code, reason }) => this.lost(code, reason));
  }

  heard(frame) {
    if (frame.type === "connection_established") this.established();
    this.onFrame(frame);
  }

  established() {
    this.ready = true;
    this.pause = FIRST_PAUSE;
    for (const message of [...this.unsaid(), ...this.waiting.splice(0)]) this.say(message);
    this.say({ type: "follow" });
    this.beat = setInterval(() => this.say({ type: "heartbeat" }), HEARTBEAT);
    this.onState("ready", "Connected");
  }

  lost(code, reason) {
    this.ready = false;
    clearInterval(this.beat);
    if (this.closed) return;
    if (mayComeBack(code)) this.later("Connection lost");
    else this.onState("lost", reason || "Disconnected");
  }

  later(why) {
    const pause = this.pause;
    this.pause = Math.min(2 * pause, LONGEST_PAUSE);
    this.onState("lost", `${why}, trying again`);
    this.timer = setTimeout(() => this.open(), pause);
  }
}
