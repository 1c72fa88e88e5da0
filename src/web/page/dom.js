// dom.js - elements, numbers and requests: what all pages use.

/** An element: el("a.button", {href: "#/"}, "Text", other). Texts are never read as HTML. */
export function el(what, attributes = {}, ...children) {
  const [tag, ...classes] = what.split(".");
  const made = document.createElement(tag || "div");
  if (classes.length) made.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children.flat(Infinity).filter((c) => c != null && c !== false));
  return made;
}

export const count = (n) => (n == null ? "–" : Number(n).toLocaleString("en-US"));

export function bytes(n) {
  if (n == null) return "–";
  const units = ["B", "KB", "MB", "GB", "TB"];
  let unit = 0;
  for (; n >= 1000 && unit < units.length - 1; unit++) n /= 1000;
  return `${unit === 0 || n >= 100 ? Math.round(n) : n.toFixed(1)} ${units[unit]}`;
}

export function seconds(s) {
  if (s == null) return "–";
  if (s < 60) return `${s < 10 ? s.toFixed(2) : s.toFixed(0)} s`;
  const m = Math.floor(s / 60);
  return m < 60 ? `${m} min ${Math.round(s % 60)} s` : `${Math.floor(m / 60)} h ${m % 60} min`;
}

export function ago(iso) {
  if (!iso) return "never";
  const past = (Date.now() - new Date(iso).getTime()) / 1000;
  if (past < 60) return "just now";
  if (past < 3600) return `${Math.floor(past / 60)} min ago`;
  if (past < 86400) return `${Math.floor(past / 3600)} h ago`;
  return new Date(iso).toLocaleString();
}

export const badge = (state) => el(`span.badge.${state}`, {}, state);

/** Asks the server; throws an Error with its message. */
export async function ask(path, method = "GET", body = undefined) {
  const answer = await fetch(path, {
    method,
    headers: method === "GET" ? {} : { "Content-Type": "application/json" },
    body: method === "GET" ? undefined : JSON.stringify(body ?? {}),
  });
  const data = await answer.json().catch(() => null);
  if (answer.status === 401) document.dispatchEvent(new CustomEvent("token-needed"));
  if (!answer.ok) throw new Error(data?.error?.message ?? `${method} ${path}: ${answer.status}`);
  return data;
}

/** A message at the corner for some seconds. */
export function note(text) {
  const made = el("div", {}, text);
  document.getElementById("notes").append(made);
  setTimeout(() => made.remove(), 8000);
}

/** Runs an action of a button; what fails is told. */
export function act(action) {
  return async (event) => {
    event?.preventDefault?.();
    const button = event?.currentTarget?.tagName === "BUTTON" ? event.currentTarget : null;
    if (button) button.disabled = true;
    try {
      await action(event);
    } catch (problem) {
      note(problem.message);
    } finally {
      if (button) button.disabled = false;
    }
  };
}

/** Rows of texts under columns of {name, number}; `name` tells it from other tables of a page. */
export function grid(name, columns, rows) {
  return el("div.wrap", { tabindex: "0", role: "region", "aria-label": name }, el("table", {},
    el("thead", {}, el("tr", {}, columns.map((c) => el(c.number ? "th.number" : "th", { scope: "col" }, c.name)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((value, i) =>
      value instanceof Node ? el(columns[i].number ? "td.number" : "td", {}, value)
        : value == null ? el("td.null", {}, "null")
          : el(columns[i].number ? "td.number" : "td", {}, value)))))));
}

/** How far a job is, from the progress of its child process. */
export function progress(p) {
  if (!p) return null;
  const total = p.total_bytes || p.total_documents;
  const done = p.total_bytes ? p.bytes : p.documents;
  const part = total ? Math.min(100, (100 * done) / total) : null;
  const rate = p.seconds > 0 ? p.rows / p.seconds : 0;
  const words = [`${p.phase} ${p.source ? `${p.source}: ` : ""}${p.table ?? ""}`, `${count(p.rows)} rows`,
    p.total_bytes ? `${bytes(p.bytes)} of ${bytes(p.total_bytes)}` : bytes(p.bytes), `${count(Math.round(rate))} rows/s`];
  if (p.bottleneck) words.push(`waits for ${p.bottleneck}`);
  if (p.seconds_left != null) words.push(`${seconds(p.seconds_left)} left`);
  const bar = el("div");
  bar.style.width = `${part ?? 100}%`;
  return el("div", {},
    el(part == null ? "div.progress.unknown" : "div.progress",
      { role: "progressbar", "aria-label": "Progress", "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": part == null ? null : Math.round(part) }, bar),
    el("div.small.soft", {}, words.join(" · ")));
}
