// The report: text, chart, tables, what to do. Numbers come as exact text and are only given separators here.

import { el, svg } from "./dom.js";

const grouped = (text) => text.replace(/^(-?\d+)/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ","));

const SHOWN = {
  money: (value) => `$${grouped(String(value))}`,
  number: (value) => grouped(String(value)),
  percent: (value) => `${value} %`,
};

export function answer(result) {
  const parts = [el("p", { class: "prose" }, result.text ?? "")];
  if (result.chart?.bars?.length) parts.push(panel(chart(result.chart)));
  for (const each of result.tables ?? []) parts.push(panel(table(each)));
  if (result.actions?.length) parts.push(panel(el("h3", {}, "What to do"), ...result.actions.map(action)));
  if (result.guide?.length) parts.push(panel(el("h3", {}, "How to get what is missing"), guide(result)));
  if (result.caveats?.length) parts.push(caution(result.caveats));
  return parts;
}

const panel = (...children) => el("div", { class: "panel" }, ...children);

function caution(caveats) {
  return el("div", { class: "panel caution" }, el("h3", {}, "Mind"), el("ul", {}, ...caveats.map((text) => el("li", {}, text))));
}

export function table({ title, columns, rows }) {
  const head = el("tr", {}, ...columns.map(({ name, kind }) => el("th", { scope: "col", class: kind }, name)));
  const body = rows.map((row) => el("tr", {}, ...row.map((value, index) => cell(value, columns[index]))));
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title },
    el("table", {}, el("caption", {}, title), el("thead", {}, head), el("tbody", {}, ...body)));
}

function cell(value, { name, kind }) {
  if (kind === "risk") {
    const known = ["low", "medium", "high"].includes(value) ? value : "";
    return el("td", {}, el("span", { class: `risk ${known}` }, value));
  }
  return el("td", { class: name === "why" ? "why" : kind }, (SHOWN[kind] ?? String)(value));
}

// Bars from the left, the label above each; lengths are the only thing here that is computed.
function chart({ title, unit, bars }) {
  const width = 720;
  const height = 46;
  const most = Math.max(...bars.map(({ value }) => Number(value)), 0.01);
  const rows = bars.slice(0, 12).flatMap(({ label, value }, index) => {
    const top = index * height;
    const length = Math.max(2, (Number(value) / most) * width);
    return [
      svg("text", { x: 0, y: top + 16 }, label),
      svg("text", { x: width, y: top + 16, "text-anchor": "end", class: "value" }, `${unit}${grouped(value)}`),
      svg("rect", { x: 0, y: top + 24, width, height: 10, rx: 5, class: "track" }),
      svg("rect", { x: 0, y: top + 24, width: length, height: 10, rx: 5, class: "mark" }),
    ];
  });
  const told = bars.map(({ label, value }) => `${label} ${unit}${value}`).join(", ");
  const picture = svg("svg", { class: "chart", viewBox: `0 0 ${width} ${Math.min(bars.length, 12) * height}`, role: "img", "aria-label": `${title}: ${told}` }, ...rows);
  return el("figure", { class: "unframed" }, el("h3", {}, title), picture);
}

function action({ title, rule, steps, teams, saving }) {
  return el("section", { class: "todo" },
    el("header", {}, el("strong", {}, title), el("strong", {}, SHOWN.money(saving))),
    el("p", { class: "hint" }, `${teams.join(", ")}. ${rule}`),
    el("ol", {}, ...steps.map((step) => el("li", {}, step))));
}

function guide({ guide: rows, csv_header: header }) {
  const list = el("ul", {}, ...rows.map(({ missing, how }) => el("li", {}, el("strong", {}, missing), `: ${how}`)));
  return el("div", {}, list, header ? el("p", {}, el("code", { class: "columns" }, header)) : null);
}
