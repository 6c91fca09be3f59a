// The conversation on screen: threads, messages that are stored, and runs that are going on.

import { byId, el } from "./dom.js";
import { Run, isOver } from "./run.js";

const OPEN = "spend-advisor-thread";

export class Conversation {
  constructor(session, line) {
    this.session = session;
    this.line = line;
    this.runs = new Map();
    this.thread = null;
    this.pending = null;
    this.messages = byId("messages");
  }

  // What must be said when the line is there again: where each run that goes on was left, and a question that may not
  // have arrived; asking it twice starts it once.
  unsaid() {
    const resumed = [...this.runs.values()].filter((run) => !run.ended && run.seq > 0).map(resume);
    return this.pending ? [...resumed, this.pending] : resumed;
  }

  async start() {
    await this.listThreads();
    const last = window.sessionStorage.getItem(OPEN);
    if (last && this.known?.some(({ id }) => id === last)) await this.open(last);
    else this.blank();
  }

  async listThreads() {
    const { threads } = await this.session.request("GET", "/api/threads");
    this.known = threads;
    byId("no-threads").hidden = threads.length > 0;
    byId("threads").replaceChildren(...threads.map((thread) => this.entry(thread)));
  }

  entry({ id, title }) {
    const button = el("button", { type: "button", "aria-current": id === this.thread, title }, title);
    button.addEventListener("click", () => this.open(id));
    return el("li", {}, button);
  }

  blank() {
    this.show(null, "New question");
    this.messages.replaceChildren();
    byId("welcome").hidden = false;
    byId("question").focus();
  }

  async open(id) {
    this.show(id, this.known.find((thread) => thread.id === id)?.title ?? "Conversation");
    const { messages } = await this.session.request("GET", `/api/threads/${id}/messages`);
    if (this.thread !== id) return;
    const answers = new Map(messages.filter(({ role }) => role === "assistant").map((message) => [message.run_id, message]));
    const parts = messages.filter(({ role }) => role === "user").flatMap((message) => this.stored(message, answers.get(message.run_id)));
    this.messages.replaceChildren(...parts);
    byId("welcome").hidden = parts.length > 0;
    this.toEnd();
  }

  // A question and its run. What an answered run did is fetched when somebody looks; one without an answer goes on, or
  // has failed, and its events say which.
  stored({ content, run_id: id }, answered) {
    const run = this.run(id, this.thread);
    if (run.seq === 0) {
      if (answered) run.answered(answered.data ?? { text: answered.content }, () => this.line.say(resume(run)));
      else this.line.say(resume(run));
    }
    return [mine(content), run.element];
  }

  show(id, title) {
    this.thread = id;
    byId("talk-title").textContent = title;
    if (id) window.sessionStorage.setItem(OPEN, id);
    else window.sessionStorage.removeItem(OPEN);
    for (const [index, thread] of (this.known ?? []).entries()) {
      byId("threads").children[index]?.firstChild.setAttribute("aria-current", thread.id === id);
    }
    this.controls();
  }

  ask(text) {
    const message = { type: "ask", thread_id: this.thread, text, client_message_id: crypto.randomUUID() };
    this.pending = message;
    byId("welcome").hidden = true;
    this.messages.append(mine(text));
    this.toEnd();
    if (this.line.ready) this.line.say(message);
  }

  stop() {
    for (const run of this.runs.values()) if (!run.ended && run.threadId === this.thread) this.line.say({ type: "cancel", run: run.id });
  }

  heard(frame) {
    if (frame.type === "error") this.refused(frame.payload);
    else if (frame.type === "resume") this.resumed(frame.payload);
    else if (frame.type === "reset") this.reset(frame.payload);
    else if (frame.run_id) this.event(frame);
    this.controls();
  }

  event(frame) {
    const run = this.run(frame.run_id, frame.thread_id);
    if (frame.type === "agent_started") this.began(run, frame.payload.task);
    if (!run.take(frame)) {
      this.line.say(resume(run));
      return;
    }
    if (run.ended) this.listThreads();
    this.toEnd();
  }

  // A new run appears in the thread it belongs to, whichever tab asked for it; one without a thread opens it.
  began(run, task) {
    if (this.messages.contains(run.element)) return;
    const asked = this.pending && (this.thread === null || this.thread === run.threadId);
    if (asked && this.thread === null) this.show(run.threadId, task);
    if (asked || run.threadId !== this.thread) this.listThreads();
    if (run.threadId !== this.thread) return;
    if (!asked) this.messages.append(mine(task));
    this.pending = asked ? null : this.pending;
    this.messages.append(run.element);
  }

  resumed({ run_id: id, thread_id: threadId, after, last_seq: last, state }) {
    const run = this.run(id, threadId);
    if (after > 0) run.note(`Connection restored: resumed after event ${after}, ${last - after} to catch up.`);
    if (isOver(state) && after === last) run.ended = true;
  }

  reset({ run_id: id, snapshot }) {
    this.runs.get(id)?.reset(snapshot);
    if (this.thread) this.open(this.thread);
  }

  refused({ code, message, client_message_id: id }) {
    if (this.pending?.client_message_id === id) this.pending = null;
    const text = code === "run_active" ? "The last question is still being worked on." : message;
    this.messages.append(el("div", { class: "panel failure", role: "alert" }, el("p", {}, text)));
    this.toEnd();
  }

  run(id, threadId) {
    if (!this.runs.has(id)) this.runs.set(id, new Run(id, threadId));
    return this.runs.get(id);
  }

  controls() {
    const busy = [...this.runs.values()].some((run) => !run.ended && run.seq > 0 && run.threadId === this.thread);
    byId("cancel").hidden = !busy;
    byId("send").disabled = busy;
  }

  toEnd() {
    this.messages.scrollTop = this.messages.scrollHeight;
  }
}

const resume = (run) => ({ type: "resume", run: run.id, epoch: run.epoch, after: run.seq });
const mine = (text) => el("div", { class: "mine" }, el("p", {}, text));
