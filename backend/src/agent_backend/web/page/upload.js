// The import of a CSV: progress while it is sent, and every broken line by its number.

import { byId, el } from "./dom.js";

const SHOWN = 200;

export class Upload {
  constructor(session, onStored) {
    this.session = session;
    this.onStored = onStored;
    this.dialog = byId("upload");
    this.input = byId("file");
    this.drop = byId("drop");
    byId("open-upload").addEventListener("click", () => this.dialog.showModal());
    byId("close-upload").addEventListener("click", () => this.dialog.close());
    this.input.addEventListener("change", () => this.chosen(this.input.files[0]));
    for (const name of ["dragover", "dragleave", "drop"]) this.drop.addEventListener(name, (event) => this.dragged(event));
  }

  dragged(event) {
    event.preventDefault();
    this.drop.classList.toggle("over", event.type === "dragover");
    if (event.type === "drop") this.chosen(event.dataTransfer.files[0]);
  }

  async chosen(file) {
    if (!file) return;
    this.input.disabled = true;
    byId("upload-work").hidden = false;
    byId("upload-errors").replaceChildren();
    this.tell(0, `Sending ${file.name}`);
    try {
      // Any authenticated request first: an access token that is over is traded before the file is sent with it.
      await this.session.request("GET", "/api/me");
      this.done(await this.send(file));
    } catch (error) {
      this.tell(0, error.message);
    } finally {
      this.input.disabled = false;
      this.input.value = "";
    }
  }

  send(file) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", `/api/usage/imports?id=${crypto.randomUUID()}`);
      request.setRequestHeader("Authorization", `Bearer ${this.session.tokens?.access_token ?? ""}`);
      request.setRequestHeader("Content-Type", "text/csv");
      request.upload.addEventListener("progress", ({ loaded, total }) => {
        const percent = Math.floor((loaded / total) * 100);
        this.tell(percent, percent < 100 ? `${percent} % sent` : "Storing the last lines");
      });
      request.addEventListener("load", () => {
        const answer = parsed(request.responseText);
        if (request.status === 201 && answer) resolve(answer);
        else reject(new Error(answer?.error?.message ?? `The service answered ${request.status}.`));
      });
      request.addEventListener("error", () => reject(new Error("The connection broke. Nothing after the last stored line was kept; choose the file again.")));
      request.send(file);
    });
  }

  done({ stored, broken, errors, not_named: others }) {
    this.tell(100, `${stored.toLocaleString("en")} lines stored, ${broken.toLocaleString("en")} left out.`);
    if (errors.length) byId("upload-errors").replaceChildren(named(errors, others));
    this.onStored();
  }

  tell(percent, text) {
    byId("upload-progress").value = percent;
    byId("upload-state").textContent = text;
  }
}

function named(errors, others) {
  const rows = errors.slice(0, SHOWN).map(({ line, problem }) => el("tr", {}, el("td", { class: "number narrow" }, line), el("td", {}, problem)));
  const more = errors.length - rows.length + others;
  return el("div", { class: "scroll" },
    el("table", {},
      el("caption", {}, "Lines that were left out"),
      el("thead", {}, el("tr", {}, el("th", { class: "number narrow", scope: "col" }, "line"), el("th", { scope: "col" }, "problem"))),
      el("tbody", {}, ...rows)),
    more > 0 ? el("p", { class: "hint" }, `and ${more.toLocaleString("en")} more`) : null);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
