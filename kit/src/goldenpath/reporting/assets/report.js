"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const make = (tag, className, content) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (content !== undefined) node.textContent = content;
    return node;
  };
  const remembered = {
    get(key) { try { return localStorage.getItem(key); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(key, value); } catch { /* a page opened from a file may have none */ } },
  };

  // Theme: what the system says, until somebody says otherwise.
  const theme = remembered.get("goldenpath-theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  const toggleTheme = () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    remembered.set("goldenpath-theme", root.dataset.theme);
  };

  const seconds = (value) => {
    if (value === null || value === undefined) return "";
    if (value < 0.9995) return `${Math.round(value * 1000)} ms`;
    if (value < 9.995) return `${value.toFixed(2)} s`;
    if (value < 59.95) return `${value.toFixed(1)} s`;
    const whole = Math.round(value);
    return whole < 3600 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${Math.floor(whole / 3600)} h ${Math.floor(whole % 3600 / 60)} min`;
  };

  const KINDS = { name: "name", path: "end", seconds: "num", number: "num", text: "text" };

  // A long table draws the rows that are in view and no others, so that 20,000 of them cost no more than 20.
  class LongTable {
    constructor(frame) {
      const data = JSON.parse(frame.querySelector("script").textContent);
      Object.assign(this, data);
      this.frame = frame;
      this.view = frame.querySelector(".view");
      this.search = frame.querySelector("input");
      this.status = frame.querySelector(".status");
      this.height = 28;
      this.drawn = new Map();
      this.narrow = matchMedia("(max-width: 45rem)");
      this.narrow.addEventListener("change", () => { this.fit(); this.select(); });
      this.toneColumn = this.columns.findIndex((column) => column[1] === "tone");
      this.chosen = new Set();
      this.view.style.height = `min(34rem, 70vh, ${Math.max(this.rows.length, 1) * this.height + 1}px)`;
      this.pad = make("div", "pad");
      this.view.append(this.pad);
      this.fit();
      this.addChips();
      this.search.addEventListener("input", () => this.select());
      this.view.addEventListener("scroll", () => this.draw(), { passive: true });
      this.view.addEventListener("keydown", (event) => this.key(event));
      new ResizeObserver(() => this.draw()).observe(this.view);
      this.select();
    }
    shown(row, place) {
      const [, kind, choices] = this.columns[place];
      const value = row[place];
      if (value === null || value === undefined) return "";
      if (kind === "tone") return this.words[value][0];
      if (kind === "choice" || kind === "path") return choices[value];
      if (kind === "seconds") return seconds(value);
      return kind === "number" ? value.toLocaleString("en") : String(value);
    }
    text(row) {
      return row.lower ??= this.columns.map((_, place) => this.shown(row, place)).join(" ").toLowerCase();
    }
    fit() {
      this.places = this.columns.map((_, place) => place).filter((place) => !this.narrow.matches || !this.columns[place][4]);
      this.template = this.places.map((place) => this.columns[place][3]).join(" ");
      const head = this.frame.querySelector(".head");
      head.replaceChildren();
      head.style.gridTemplateColumns = this.template;
      this.places.forEach((place) => {
        const [label, kind] = this.columns[place];
        const button = make("button", kind === "seconds" || kind === "number" ? "num" : "", label);
        button.type = "button";
        button.dataset.place = place;
        button.addEventListener("click", () => {
          const numeric = kind === "seconds" || kind === "number";
          this.sort = this.sort[0] === place ? [place, -this.sort[1]] : [place, numeric ? -1 : 1];
          this.select();
        });
        head.append(button);
      });
    }
    addChips() {
      if (this.toneColumn < 0) return;
      const counts = new Map();
      for (const row of this.rows) counts.set(row[this.toneColumn], (counts.get(row[this.toneColumn]) ?? 0) + 1);
      const chips = this.frame.querySelector(".chips");
      this.words.forEach(([word, tone], number) => {
        if (!counts.get(number)) return;
        const chip = make("button", `tone-${tone}`, `${word} ${counts.get(number).toLocaleString("en")}`);
        chip.type = "button";
        chip.setAttribute("aria-pressed", "false");
        chip.addEventListener("click", () => {
          const on = !this.chosen.delete(number);
          if (on) this.chosen.add(number);
          chip.setAttribute("aria-pressed", String(on));
          this.select();
        });
        chips.append(chip);
      });
    }
    select() {
      const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
      const wanted = words.filter((word) => !word.startsWith("-"));
      const unwanted = words.filter((word) => word.length > 1 && word.startsWith("-")).map((word) => word.slice(1));
      this.picked = this.rows.filter((row) =>
        (!this.chosen.size || this.chosen.has(row[this.toneColumn])) &&
        (!words.length || (wanted.every((word) => this.text(row).includes(word)) && !unwanted.some((word) => this.text(row).includes(word)))));
      const [place, direction] = this.sort;
      const [, kind, choices] = this.columns[place];
      const key = kind === "choice" || kind === "path" ? (row) => choices[row[place]] : (row) => row[place];
      this.picked.sort((one, other) => {
        const a = key(one), b = key(other);
        return a === b ? 0 : (a === null || a === undefined) ? 1 : (b === null || b === undefined) ? -1 : (a < b ? -1 : 1) * direction;
      });
      const total = this.rows.length.toLocaleString("en");
      this.status.textContent = this.picked.length === this.rows.length ? `${total} ${this.noun}` : `${this.picked.length.toLocaleString("en")} of ${total} ${this.noun}`;
      this.pad.style.height = `${this.picked.length * this.height}px`;
      all(".head button", this.frame).forEach((button) =>
        button.setAttribute("aria-sort", Number(button.dataset.place) === place ? (direction > 0 ? "ascending" : "descending") : "none"));
      for (const node of this.drawn.values()) node.remove();
      this.drawn.clear();
      this.view.scrollTop = 0;
      this.draw();
    }
    draw() {
      const first = Math.max(Math.floor(this.view.scrollTop / this.height) - 8, 0);
      const last = Math.min(first + Math.ceil(this.view.clientHeight / this.height) + 16, this.picked.length);
      for (const [number, node] of this.drawn) {
        if (number < first || number >= last) { node.remove(); this.drawn.delete(number); }
      }
      for (let number = first; number < last; number++) {
        if (!this.drawn.has(number)) {
          const node = this.row(this.picked[number]);
          node.style.top = `${number * this.height}px`;
          this.drawn.set(number, node);
          this.pad.append(node);
        }
      }
    }
    row(row) {
      const node = make("div", "row");
      node.setAttribute("role", "row");
      node.style.gridTemplateColumns = this.template;
      this.places.forEach((place) => {
        const kind = this.columns[place][1];
        const shown = this.shown(row, place);
        const cell = make("span", KINDS[kind] ?? "", kind === "path" ? `\u2066${shown}\u2069` : shown);
        if (kind === "tone") cell.className = `word tone-${this.words[row[place]][1]}`;
        if (shown.length > 12) cell.title = shown;
        node.append(cell);
      });
      return node;
    }
    key(event) {
      const page = this.view.clientHeight - this.height;
      const step = { ArrowDown: this.height, ArrowUp: -this.height, PageDown: page, PageUp: -page }[event.key];
      if (step === undefined) return;
      this.view.scrollTop += step;
      event.preventDefault();
    }
    onPaper() {
      const paper = make("div", "paper");
      for (const row of this.picked.slice(0, this.printed)) {
        const line = make("div");
        this.columns.forEach((_, place) => line.append(make("span", "", this.shown(row, place))));
        paper.append(line);
      }
      const left = this.picked.length - this.printed;
      if (left > 0) paper.append(make("p", "", `and ${left.toLocaleString("en")} more ${this.noun}, in the file itself`));
      this.frame.append(paper);
      return paper;
    }
  }

  const tables = all("[data-table]").map((frame) => new LongTable(frame));

  // Paper: every failure open, the long tables cut where their note says so.
  let undo = [];
  addEventListener("beforeprint", () => {
    const closed = all("details:not([open])");
    closed.forEach((node) => { node.open = true; });
    const papers = tables.map((table) => table.onPaper());
    undo = [() => closed.forEach((node) => { node.open = false; }), () => papers.forEach((node) => node.remove())];
  });
  addEventListener("afterprint", () => { undo.forEach((step) => step()); undo = []; });

  const dialog = document.getElementById("keys");
  const showKeys = () => (dialog.open ? dialog.close() : dialog.showModal());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.do === "theme") toggleTheme();
    if (button.dataset.do === "keys") showKeys();
    if (button.dataset.copy !== undefined) {
      const done = (word) => { button.textContent = word; setTimeout(() => { button.textContent = "copy"; }, 1500); };
      if (navigator.clipboard) navigator.clipboard.writeText(button.dataset.copy).then(() => done("copied"), () => done("not allowed"));
      else done("not allowed");
    }
  });

  const incidents = all(".incident");
  let place = -1;
  const go = (step) => {
    if (!incidents.length) return;
    place = Math.min(Math.max(place + step, 0), incidents.length - 1);
    incidents[place].focus({ preventScroll: true });
    incidents[place].scrollIntoView({ block: "start" });
  };
  const keys = {
    t: toggleTheme,
    "?": showKeys,
    j: () => go(1),
    k: () => go(-1),
    g: () => scrollTo({ top: 0 }),
    e: () => { const open = !all("details[open]").length; all("details").forEach((node) => { node.open = open; }); },
    "/": () => { const search = document.querySelector(".bar input"); if (search) { search.scrollIntoView({ block: "center" }); search.focus({ preventScroll: true }); } },
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input")) { if (event.key === "Escape") event.target.blur(); return; }
    const action = keys[event.key];
    if (action) { action(); event.preventDefault(); }
  });

  const links = new Map(all("nav a").map((link) => [link.hash.slice(1), link]));
  const seen = new Set();
  const spy = new IntersectionObserver((entries) => {
    for (const entry of entries) entry.isIntersecting ? seen.add(entry.target.id) : seen.delete(entry.target.id);
    const current = [...links.keys()].find((id) => seen.has(id));
    for (const [id, link] of links) link.classList.toggle("current", id === current);
  }, { rootMargin: "-15% 0px -70% 0px" });
  all("main > section[id]").forEach((section) => spy.observe(section));
})();
