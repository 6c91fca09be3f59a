// The operator's page: what runs, who is connected, which stores answer, what failed.

import { byId, el } from "./dom.js";
import { table } from "./report.js";

const EVERY = 3000;

export class Operator {
  constructor(session, onLeave) {
    this.session = session;
    this.onLeave = onLeave;
    byId("open-operator").addEventListener("click", () => this.open());
    byId("close-operator").addEventListener("click", () => this.close());
    document.addEventListener("keydown", ({ key }) => key === "Escape" && !byId("operator").hidden && !this.alone && this.close());
  }

  // Who operates and does nothing else has no desk to go back to: closing is leaving.
  async open({ alone = false } = {}) {
    this.alone = alone;
    byId("operator").hidden = false;
    byId("close-operator").textContent = alone ? "Log out" : "Close";
    byId("close-operator").focus();
    await this.look();
    this.timer = setInterval(() => this.look(), EVERY);
  }

  close() {
    clearInterval(this.timer);
    if (this.alone) return this.onLeave();
    byId("operator").hidden = true;
    byId("open-operator").focus();
  }

  async look() {
    try {
      byId("operator-body").replaceChildren(...panels(await this.session.request("GET", "/api/operator")));
    } catch (error) {
      byId("operator-body").replaceChildren(el("div", { class: "panel failure", role: "alert" }, el("p", {}, error.message)));
    }
  }
}

function panels({ instances, sockets, stores, runs, failures }) {
  return [
    panel("Sockets", figure(sockets.sockets), el("p", { class: "hint" }, `of ${sockets.users} users on ${instances.length} instance${instances.length === 1 ? "" : "s"}, ${sockets.backlog} frames waiting`)),
    panel("Stores", ...stores.map(store)),
    panel("At work", figure(runs.active), el("p", { class: "hint" }, `being worked on; ${runs.counts.completed} completed, ${runs.counts.failed + runs.counts.timeout + runs.counts.dead} failed, ${runs.counts.cancelled} stopped`)),
    wide(rows("Instances", instances, "")),
    wide(rows("Latest runs", runs.latest, "Nothing was asked yet.")),
    wide(rows("Latest failures", failures, "Nothing has failed.")),
  ];
}

function store({ store: name, state, milliseconds, missing }) {
  const known = ["ok", "unavailable", "off"].includes(state) ? state : "";
  return el("p", {}, `${name} `, el("span", { class: `state ${known}` }, state),
    el("span", { class: "hint" }, state === "ok" ? ` ${milliseconds} ms` : ` ${missing ?? ""}`));
}

const panel = (title, ...children) => el("section", { class: "panel" }, el("h2", {}, title), ...children);
const wide = (...children) => el("section", { class: "panel whole" }, ...children);
const figure = (value) => el("p", { class: "figure" }, value);

function rows(title, found, empty) {
  if (!found.length) return el("div", {}, el("h2", {}, title), el("p", { class: "hint" }, empty));
  const columns = Object.keys(found[0]).map((name) => ({ name: name.replaceAll("_", " "), kind: "text" }));
  return table({ title, columns, rows: found.map((row) => Object.values(row).map((value) => value ?? "")) });
}
