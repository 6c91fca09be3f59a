// The page: the door when nobody is logged in, the desk otherwise.

import { Conversation } from "./conversation.js";
import { byId } from "./dom.js";
import { Line } from "./line.js";
import { Operator } from "./operator.js";
import { Session } from "./session.js";
import { Upload } from "./upload.js";

const THEME = "spend-advisor-theme";

const session = new Session();
const line = new Line(session, {
  onFrame: (frame) => conversation.heard(frame),
  onState: (state, text) => {
    byId("line").dataset.state = state;
    byId("line-text").textContent = text;
  },
  unsaid: () => conversation.unsaid(),
});
const conversation = new Conversation(session, line);
new Upload(session, () => {});
const operator = new Operator(session, () => byId("leave").click());

function theme(name) {
  document.documentElement.dataset.theme = name;
  byId("theme").textContent = name === "dark" ? "Light" : "Dark";
  byId("theme").setAttribute("aria-pressed", name === "dark");
  window.localStorage.setItem(THEME, name);
}

async function enter() {
  byId("door").hidden = true;
  byId("desk").hidden = false;
  const { permissions } = await session.request("GET", "/api/me");
  byId("open-operator").hidden = !permissions.includes("operate");
  if (!permissions.includes("chat")) return operator.open({ alone: true });
  await conversation.start();
  await line.open();
}

function leave() {
  line.close();
  window.location.reload();
}

byId("door-form").addEventListener("change", ({ target }) => {
  if (target.name !== "way") return;
  const registers = target.value === "register";
  byId("door-verb").textContent = registers ? "Register" : "Log in";
  byId("door-form").elements.password.autocomplete = registers ? "new-password" : "current-password";
});

byId("door-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const { way, tenant, email, password } = Object.fromEntries(new FormData(form));
  const button = form.querySelector("button");
  button.disabled = true;
  byId("door-problem").textContent = "";
  try {
    await session[way === "register" ? "register" : "logIn"]({ tenant, email, password });
    await enter();
  } catch (error) {
    byId("door-problem").textContent = error.message;
  } finally {
    button.disabled = false;
  }
});

byId("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = byId("question").value.trim();
  if (!text || byId("send").disabled) return;
  byId("question").value = "";
  conversation.ask(text);
});

byId("question").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    byId("ask").requestSubmit();
  }
});

for (const idea of document.querySelectorAll(".idea")) {
  idea.addEventListener("click", () => conversation.ask(idea.textContent));
}

byId("cancel").addEventListener("click", () => conversation.stop());
byId("new-thread").addEventListener("click", () => conversation.blank());
byId("leave").addEventListener("click", () => session.logOut().catch(() => {}).then(leave));
byId("theme").addEventListener("click", () => theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
session.onEnd = leave;

theme(window.localStorage.getItem(THEME) ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
if (session.tokens) enter().catch((error) => {
  if (error.status !== 401) byId("line-text").textContent = error.message;
});
else byId("door").hidden = false;
