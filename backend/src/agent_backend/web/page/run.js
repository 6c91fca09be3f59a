// One run: its events in order, each once, and what they look like while they come.

import { el } from "./dom.js";
import { answer } from "./report.js";

const FIRST_EPOCH = 1;
const seconds = (ms) => (ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`);
const spoken = (name) => name.replaceAll("_", " ");

const WORKED_ON = ["queued", "pending", "starting", "running", "completing"];

// Whether a run in this state has ended.
export const isOver = (state) => !WORKED_ON.includes(state);

export class Run {
  constructor(id, threadId) {
    this.id = id;
    this.threadId = threadId;
    this.epoch = FIRST_EPOCH;
    this.seq = 0;
    this.ended = false;
    this.calls = new Map();
    this.steps = el("div", { class: "steps" });
    this.state = el("span", {}, "Working");
    this.spinner = el("span", { class: "working", "aria-hidden": "true" });
    this.path = el("details", { class: "path", open: "" }, el("summary", {}, this.spinner, this.state), this.steps);
    this.draft = el("p", { class: "prose" });
    this.result = el("div", { class: "answer draft", "aria-live": "polite" }, this.draft);
    this.element = el("article", { class: "run", "data-run": id }, this.path, this.result);
  }

  // Take the next event; false when something before it is missing.
  take(frame) {
    if (frame.seq <= this.seq || this.ended) return true;
    if (frame.seq > this.seq + 1) return false;
    this.seq = frame.seq;
    this.epoch = frame.epoch;
    this[frame.type]?.(frame.payload, frame.agent_name ?? "");
    return true;
  }

  // A run whose answer is known already: its path is empty until `fetch` has brought it.
  answered(result, fetch) {
    this.path.open = false;
    this.spinner.remove();
    this.state.textContent = "How this was worked out";
    this.result.classList.remove("draft");
    this.result.replaceChildren(...answer(result));
    this.path.addEventListener("toggle", () => this.path.open && this.seq === 0 && fetch());
    this.known = true;
  }

  agent_started() {
    this.add("supervisor", "The question was taken.");
  }

  agent_thinking({ reasoning }, agent) {
    if (!this.known) this.state.textContent = `${spoken(agent)} at work`;
    if (agent === "reporting") this.draft.append(`${reasoning} `);
    else this.add(agent, reasoning);
  }

  tool_executing({ tool_call_id: call, tool_name: name, parameters }, agent) {
    const given = Object.entries(parameters).map(([key, value]) => `${key}: ${value}`).join(", ");
    const step = this.add(agent, `${name}(${given})`, "tool");
    step.dataset.state = "working";
    step.append(el("span", { class: "meter", role: "progressbar", "aria-label": `${name} at work` }, el("span")));
    this.calls.set(call, step);
  }

  tool_completed({ tool_call_id: call, duration_ms: took, ok }) {
    const step = this.calls.get(call);
    if (!step) return;
    step.dataset.state = ok ? "done" : "failed";
    step.querySelector(".took").textContent = ok ? seconds(took) : "failed";
    const meter = step.querySelector(".meter");
    meter.setAttribute("aria-valuenow", "100");
    meter.setAttribute("aria-label", ok ? "done" : "failed");
  }

  agent_completed({ result, duration_ms: took }) {
    this.end(`Worked out in ${seconds(took)}, ${this.seq} events`);
    this.result.classList.remove("draft");
    this.result.replaceChildren(...answer(result));
  }

  agent_error({ code, message, retryable }) {
    this.end(code === "cancelled" ? "Stopped" : "Failed");
    const advice = retryable ? " Ask again when you like." : "";
    this.result.replaceChildren(el("div", { class: "panel failure", role: "alert" }, el("p", {}, message + advice)));
  }

  // A thing worth knowing that is no event of the run.
  note(text) {
    this.add("line", text, "note");
  }

  // Start over from what the service kept.
  reset(snapshot) {
    this.steps.replaceChildren();
    this.draft.replaceChildren();
    this.calls.clear();
    this.seq = snapshot?.last_seq ?? 0;
    this.epoch = snapshot?.epoch ?? this.epoch;
    this.note("The path so far could not be continued and was read anew.");
    if (!snapshot || isOver(snapshot.state)) this.end("Ended");
  }

  end(text) {
    this.ended = true;
    this.spinner.remove();
    this.state.textContent = text;
    if (!this.known) this.path.open = false;
  }

  add(who, what, kind = "") {
    const step = el(
      "div",
      { class: `step ${kind}` },
      el("span", { class: "who" }, spoken(who)),
      el("span", { class: "what" }, what),
      el("span", { class: "took" }),
    );
    this.steps.append(step);
    return step;
  }
}
