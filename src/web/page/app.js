// app.js - which page is shown, and the stream of events that keeps it true.
import { ask, el, note } from "./dom.js";
import * as sources from "./sources.js";
import * as edit from "./edit.js";
import * as jobs from "./jobs.js";
import * as data from "./data.js";
import * as schedules from "./schedules.js";

const pages = [
  [/^\/$/, sources.list, "Sources"],
  [/^\/add$/, edit.add, "Add a source"],
  [/^\/source\/([^/]+)$/, sources.show, "Source"],
  [/^\/source\/([^/]+)\/edit$/, edit.change, "Edit"],
  [/^\/schedules$/, schedules.list, "Schedules"],
  [/^\/jobs$/, jobs.list, "Jobs"],
  [/^\/tables(?:\/([^/]+)\/([^/]+))?$/, data.tables, "Tables"],
  [/^\/query$/, data.query, "Query"],
  [/^\/logs$/, jobs.logs, "Logs"],
];
const main = document.getElementById("main");
let current = null; // what the shown page does with events
let showing = 0;

async function show() {
  const path = decodeURI(location.hash.slice(1) || "/");
  const mine = ++showing;
  for (const link of document.querySelectorAll("nav a")) {
    const at = link.getAttribute("href").slice(1);
    const here = at === "/" ? !/^\/(schedules|jobs|tables|query|logs)/.test(path) : path.startsWith(at);
    here ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
  }
  for (const [pattern, page, title] of pages) {
    const found = path.match(pattern);
    if (!found) continue;
    document.title = `${title} – Sluice`;
    current = null;
    try {
      const made = await page(...found.slice(1).map((part) => part && decodeURIComponent(part)));
      if (mine !== showing) return; // another page was asked for meanwhile
      main.replaceChildren(made.node);
      current = made.onevent ?? null;
    } catch (problem) {
      if (mine === showing) main.replaceChildren(el("div.failure", {}, problem.message));
    }
    return;
  }
  main.replaceChildren(el("p", {}, "There is no such page."));
}

function listen() {
  const state = document.getElementById("connection");
  const stream = new EventSource("/api/events");
  stream.onopen = () => { state.textContent = "live"; };
  stream.onerror = () => { state.textContent = "connection lost, trying again…"; };
  stream.addEventListener("job", (e) => current?.("job", JSON.parse(e.data)));
  stream.addEventListener("sources", () => current?.("sources"));
  stream.addEventListener("schedules", () => current?.("schedules"));
  stream.addEventListener("missed", show);
  return stream;
}

function login() {
  const field = el("input", { type: "password", id: "token", autocomplete: "current-password" });
  main.replaceChildren(el("form.card", {
    onsubmit: async (e) => {
      e.preventDefault();
      try {
        await ask("/api/login", "POST", { token: field.value });
        location.reload();
      } catch (problem) {
        note(problem.message);
      }
    },
  }, el("h1", {}, "Log in"), el("label", { for: "token" }, "Token"), field, el("p", {}, el("button.main", {}, "Log in"))));
  field.focus();
}

async function start() {
  try {
    const status = await ask("/api/status");
    document.getElementById("project").textContent = status.project ?? "";
    document.getElementById("project").title = status.root;
  } catch (problem) {
    if (!main.hasChildNodes()) main.replaceChildren(el("div.failure", {}, problem.message));
    return;
  }
  listen();
  window.addEventListener("hashchange", () => { show().then(() => main.focus()); });
  await show();
}

document.addEventListener("token-needed", login, { once: true });
start();
