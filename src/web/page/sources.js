// sources.js - the list of sources and the page of one.
import { act, ago, ask, badge, bytes, count, el, grid, note, progress, seconds } from "./dom.js";

const busy = (job) => job.state === "queued" || job.state === "running";
const concerns = (job, name) => busy(job) && ((job.sources.length === 0 && !job.schedule) || job.sources.includes(name));

async function sync(name, order = {}) {
  const { job_id } = await ask(`/api/sources/${name}/sync`, "POST", order);
  note(`Job ${job_id}: sync of ${name}`);
}

function syncButtons(source, job) {
  if (job) {
    return el("button", { onclick: act(() => ask(`/api/sync/jobs/${job.id}/cancel`, "POST")) }, "Cancel");
  }
  return el("button.main", { disabled: !source.enabled, onclick: act(() => sync(source.name)), "aria-label": `Sync ${source.name}` }, "Sync");
}

function lastSync(source) {
  const last = source.last_sync;
  if (!last) return el("div.small.soft", {}, "never synced");
  return el("div.small.soft", {}, `${ago(last.timestamp)} · ${count(last.rows_processed)} rows moved in ${seconds(last.duration_seconds)}`,
    last.total_row_count != null ? ` · ${count(last.total_row_count)} rows in its tables` : "",
    last.rejected ? ` · ${count(last.rejected)} rejected` : "");
}

function card(source, jobs) {
  const job = jobs.find((j) => concerns(j, source.name));
  const mine = job?.progress && (!job.progress.source || job.progress.source === source.name) ? job.progress : null;
  const state = job ? job.state : source.running ? "running" : source.last_sync?.status;
  return el("section.card.source", { "aria-label": source.name },
    el("h2", {}, el("a", { href: `#/source/${source.name}` }, source.name), el("span.badge", {}, source.title),
      state && badge(state), !source.enabled && el("span.badge", {}, "disabled")),
    el("div.actions", {}, syncButtons(source, job), el("a.button", { href: `#/source/${source.name}/edit`, "aria-label": `Edit ${source.name}` }, "Edit")),
    el("div.wide", {}, source.description && el("div", {}, source.description), lastSync(source),
      progress(mine), !job && source.last_sync?.error_message && el("div.failure.small", {}, source.last_sync.error_message)));
}

export async function list() {
  let [{ sources, warning }, jobs] = await Promise.all([ask("/api/sources"), ask("/api/sync/jobs")]);
  const cards = el("div");
  const note = el("div");
  const draw = () => {
    note.replaceChildren(...(warning ? [el("div.warning", {}, warning)] : []));
    cards.replaceChildren(...(sources.length ? sources.map((s) => card(s, jobs))
      : [el("div.card", {}, el("p", {}, "No sources yet. A source is a database, a folder of files or an API that is loaded into the warehouse."), el("a.button", { href: "#/add" }, "Add the first one"))]));
  };
  const refresh = async () => {
    ({ sources, warning } = await ask("/api/sources"));
    draw();
  };
  draw();
  return {
    node: el("div", {}, el("div.head", {}, el("h1", {}, "Sources"), el("span.space"),
      el("button", { onclick: act(() => ask("/api/sync/trigger", "POST", {})), disabled: !sources.length }, "Sync all"),
      el("a.button", { href: "#/add" }, "Add a source")), note, cards),
    onevent: (type, job) => {
      if (type !== "job") return refresh();
      const known = jobs.findIndex((j) => j.id === job.id);
      known < 0 ? jobs.unshift(job) : (jobs[known] = job);
      return busy(job) ? draw() : refresh();
    },
  };
}

function chart(history) {
  const shown = history.slice(0, 40).reverse();
  const most = Math.max(0.001, ...shown.map((h) => h.duration_seconds ?? 0));
  return el("div.chart", { role: "img", "aria-label": `Durations of the last ${shown.length} syncs` }, shown.map((h) => {
    const bar = el(`div.${h.status}`, { title: `${h.timestamp}: ${h.status}, ${seconds(h.duration_seconds)}, ${count(h.rows_processed)} rows` });
    bar.style.height = `${(100 * (h.duration_seconds ?? 0)) / most}%`;
    return bar;
  }));
}

const historyColumns = [{ name: "when" }, { name: "result" }, { name: "rows moved", number: true }, { name: "rows in tables", number: true },
  { name: "read", number: true }, { name: "rejected", number: true }, { name: "took", number: true }, { name: "what happened" }];

function historyTable(history) {
  return grid("History", historyColumns, history.map((h) => [new Date(h.timestamp).toLocaleString(), badge(h.status), count(h.rows_processed),
    count(h.total_row_count), bytes(h.bytes), count(h.rejected), seconds(h.duration_seconds),
    h.error_message ?? h.transform_error ?? (h.full_refresh ? "full refresh" : "")]));
}

function rangeForm(source) {
  const from = el("input", { type: "date", id: "from" });
  const to = el("input", { type: "date", id: "to" });
  const full = el("input", { type: "checkbox", id: "full" });
  return el("details.card", {}, el("summary", {}, "Sync with options"),
    el("form", { onsubmit: act(() => sync(source.name, { start_date: from.value, end_date: to.value, full_refresh: full.checked })) },
      el("label", { for: "from" }, "From"), from, el("label", { for: "to" }, "Until"), to,
      el("p", {}, full, el("label", { for: "full", class: "inline" }, "Full refresh: read everything, replace the tables")),
      el("button.main", {}, "Sync")));
}

/** What the source has, and what of it is new since it was accepted. */
function columnsOf(source, schema) {
  const tables = Object.entries(schema.now ?? {});
  const changes = schema.changes ?? [];
  return [el("h2", {}, "Schema"),
    changes.length > 0 && el("div.warning", {}, el("div", {}, changes.join("\n")),
      el("p", {}, el("button", { onclick: act(() => ask(`/api/governance/drift/${source}/accept`, "POST")) }, "Accept these changes"))),
    tables.length ? el("div.card", {}, tables.map(([table, columns]) => el("details", {}, el("summary", {}, table, " ", el("span.soft.small", {}, `${Object.keys(columns).length} columns`)),
      grid(`Columns of ${table}`, [{ name: "column" }, { name: "type" }], Object.entries(columns).map(([column, type]) => [column, type || "by its rows"])))))
      : el("p.soft", {}, "Known after the first sync.")].filter(Boolean);
}

/** Rows that were set aside; asked for when it is opened. */
function rejects(source) {
  const inside = el("div");
  const made = el("details.card", {}, el("summary", {}, "Rejected rows"), inside);
  made.addEventListener("toggle", act(async () => {
    if (!made.open) return;
    const found = await ask(`/api/sources/${source}/rejects`);
    inside.replaceChildren(found.rows.length ? grid("Rejected rows", found.columns, found.rows)
      : el("p.soft", {}, "No rows were set aside; they are with rejects: table in the source's settings."));
  }));
  return made;
}

export async function show(name) {
  const all = () => Promise.all([ask(`/api/sources/${name}`), ask(`/api/sources/${name}/history`), ask("/api/sync/jobs"), ask(`/api/sources/${name}/schema`)]);
  let [source, history, jobs, schema] = await all();
  const top = el("div");
  const columns = el("div");
  const past = el("div");
  const draw = () => {
    top.replaceChildren(card(source, jobs));
    columns.replaceChildren(...columnsOf(name, schema));
    past.replaceChildren(el("h2", {}, "History"), ...(history.length ? [chart(history), historyTable(history)] : [el("p.soft", {}, "No syncs yet.")]));
  };
  draw();
  return {
    node: el("div", {}, el("div.head", {}, el("h1", {}, name)), top, rangeForm(source),
      el("h2", {}, "Configuration"), el("div.card", {}, el("pre", {}, JSON.stringify(source.config, null, 2))), columns, past, rejects(name)),
    onevent: async (type, job) => {
      if (type === "job" && busy(job)) {
        const known = jobs.findIndex((j) => j.id === job.id);
        known < 0 ? jobs.unshift(job) : (jobs[known] = job);
        return top.replaceChildren(card(source, jobs));
      }
      [source, history, jobs, schema] = await all();
      return draw();
    },
  };
}
