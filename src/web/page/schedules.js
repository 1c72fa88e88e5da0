// schedules.js - when sources are synced by themselves.
import { act, ago, ask, badge, count, el, grid, note, seconds } from "./dom.js";

const presets = { daily: "every day at 6:00", every_15m: "every 15 minutes", every_hour: "every hour", every_6h: "every 6 hours", weekly: "Mondays at 6:00" };
const moment = (iso) => new Date(iso).toLocaleString(undefined, { weekday: "short", year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" });

function runs(schedule) {
  const inside = el("div");
  const made = el("details.wide", {}, el("summary", {}, "Runs"), inside);
  made.addEventListener("toggle", act(async () => {
    if (!made.open) return;
    const list = (await ask(`/api/schedules/${schedule.name}/history`)).reverse();
    inside.replaceChildren(list.length ? grid(`Runs of ${schedule.name}`,
      [{ name: "due" }, { name: "result" }, { name: "rows moved", number: true }, { name: "took", number: true }, { name: "tries", number: true }, { name: "what happened" }],
      list.map((r) => [moment(r.due), badge(r.status), count(r.rows_processed), seconds(r.duration_seconds), count(r.attempts), r.error ?? ""]))
      : el("p.soft", {}, "It has not run yet."));
  }));
  return made;
}

function card(schedule, jobs) {
  const job = jobs.find((j) => j.schedule === schedule.name && (j.state === "queued" || j.state === "running"));
  const last = schedule.last_run;
  const what = schedule.sources.length ? schedule.sources.join(", ") : schedule.script_path ?? `models: ${schedule.dbt_command}`;
  const path = `/api/schedules/${schedule.name}`;
  return el("section.card.source", { "aria-label": schedule.name },
    el("h2", {}, schedule.name, el("span.badge", {}, schedule.type), job ? badge(job.state) : last && badge(last.status), !schedule.enabled && el("span.badge", {}, "paused")),
    el("div.actions", {},
      job ? el("button", { onclick: act(() => ask(`/api/sync/jobs/${job.id}/cancel`, "POST")) }, "Cancel")
        : el("button.main", { onclick: act(async () => { await ask(`${path}/trigger`, "POST"); note(`${schedule.name} runs now`); }), "aria-label": `Run ${schedule.name}` }, "Run now"),
      el("button", { onclick: act(() => ask(path, "PUT", { enabled: !schedule.enabled })), "aria-label": `${schedule.enabled ? "Pause" : "Resume"} ${schedule.name}` }, schedule.enabled ? "Pause" : "Resume"),
      el("button", { onclick: act(() => confirm(`Remove the schedule ${schedule.name}?`) && ask(path, "DELETE")), "aria-label": `Remove ${schedule.name}` }, "Remove")),
    el("div.wide.small", {}, el("div", {}, what, el("span.soft", {}, ` · ${presets[schedule.cron] ?? schedule.cron} · ${schedule.timezone ?? "the machine's time"}`)),
      el("div", {}, schedule.next_run_time ? `next run ${moment(schedule.next_run_time)}` : "no next run"),
      el("div.soft", {}, last ? `last run ${ago(last.started_at)}${last.rows_processed != null ? `, ${count(last.rows_processed)} rows moved` : ""}` : "never ran"),
      !job && last?.error && el("div.failure", {}, last.error)),
    runs(schedule));
}

function form(sources) {
  const name = el("input", { id: "name", required: true, pattern: "[a-z][a-z0-9_]*", autocomplete: "off" });
  const when = el("select", { id: "when" }, Object.entries(presets).map(([value, text]) => el("option", { value }, text)), el("option", { value: "" }, "cron expression"));
  const cron = el("input", { id: "cron", placeholder: "0 6 * * 1-5", autocomplete: "off" });
  const zone = el("input", { id: "zone", autocomplete: "off", placeholder: "Europe/Berlin" });
  const chosen = sources.map((s) => [s.name, el("input", { type: "checkbox", id: `take-${s.name}` })]);
  const own = el("div", { hidden: true }, el("label", { for: "cron" }, "Cron expression ", el("span.soft.small", {}, "minute hour day month weekday")), cron);
  when.addEventListener("change", () => { own.hidden = when.value !== ""; });
  const made = el("details.card", {}, el("summary", {}, "Add a schedule"),
    el("form", {
      onsubmit: act(async () => {
        await ask("/api/schedules", "POST", { name: name.value, type: "sync", cron: when.value || cron.value,
          sources: chosen.filter(([, box]) => box.checked).map(([source]) => source), enabled: true, ...(zone.value && { timezone: zone.value }) });
        note(`Added ${name.value}`);
        made.open = false;
        name.value = "";
      }),
    }, el("label", { for: "name" }, "Name ", el("span.soft.small", {}, "small letters, digits and _")), name,
    el("fieldset", {}, el("legend", {}, "Sources"), chosen.map(([source, box]) => el("div", {}, box, el("label", { for: box.id, class: "inline" }, source)))),
    el("label", { for: "when" }, "When"), when, own,
    el("label", { for: "zone" }, "Time zone ", el("span.soft.small", {}, "empty: the machine's")), zone,
    el("p", {}, el("button.main", {}, "Add"))));
  return made;
}

export async function list() {
  const all = () => Promise.all([ask("/api/schedules"), ask("/api/scheduler"), ask("/api/sync/jobs")]);
  const { sources } = await ask("/api/sources");
  let [schedules, about, jobs] = await all();
  const top = el("div");
  const cards = el("div");
  const draw = () => {
    top.replaceChildren(...[
      about.problems && el("div.failure", {}, about.problems),
      schedules.some((s) => s.enabled) && !about.process && el("div.warning", {}, "Nothing runs these schedules: start sluice serve, or this page with sluice web --schedules."),
      about.unscheduled.length > 0 && el("p.soft", {}, `Without a schedule: ${about.unscheduled.join(", ")}`)].filter(Boolean));
    cards.replaceChildren(...(schedules.length ? schedules.map((s) => card(s, jobs)) : [el("p.soft", {}, "No schedules yet.")]));
  };
  draw();
  return {
    node: el("div", {}, el("div.head", {}, el("h1", {}, "Schedules")), top, cards, form(sources)),
    onevent: async (type, job) => {
      if (type === "job" && (!job.schedule || job.progress)) return;
      [schedules, about, jobs] = await all();
      draw();
    },
  };
}
