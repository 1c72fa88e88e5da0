// jobs.js - what was ordered since the server's start, and what it printed.
import { act, ask, badge, el, progress, seconds } from "./dom.js";

function card(job) {
  const names = (job.schedule ? `${job.schedule}: ` : "") + (job.sources.length ? job.sources.join(", ") : job.schedule ? "no sources" : "all sources");
  const over = job.state !== "queued" && job.state !== "running";
  const took = job.started && job.finished ? (new Date(job.finished) - new Date(job.started)) / 1000 : null;
  return el("section.card.source", { "aria-label": `Job ${job.id}` },
    el("h2", {}, `Job ${job.id}: ${names}`, badge(job.state)),
    el("div.actions", {}, !over && el("button", { onclick: act(() => ask(`/api/sync/jobs/${job.id}/cancel`, "POST")) }, "Cancel")),
    el("div.wide", {}, el("div.small.soft", {}, new Date(job.created).toLocaleString(), took != null ? ` · took ${seconds(took)}` : ""),
      !over && progress(job.progress),
      job.message && el(job.state === "failed" ? "div.failure.small" : "div.small", {}, job.message)));
}

export async function list() {
  const jobs = await ask("/api/sync/jobs");
  const cards = el("div");
  const draw = () => cards.replaceChildren(...(jobs.length ? jobs.map(card) : [el("p.soft", {}, "Nothing was ordered since the server started.")]));
  draw();
  return {
    node: el("div", {}, el("div.head", {}, el("h1", {}, "Jobs")), cards),
    onevent: (type, job) => {
      if (type !== "job") return;
      const known = jobs.findIndex((j) => j.id === job.id);
      known < 0 ? jobs.unshift(job) : (jobs[known] = job);
      draw();
    },
  };
}

export async function logs() {
  const text = el("pre");
  const draw = async () => {
    const lines = await ask("/api/logs");
    text.textContent = lines.map((l) => `${l.time.slice(0, 19).replace("T", " ")}  job ${l.job}  ${l.text}`).join("\n") || "Nothing was printed since the server started.";
  };
  await draw();
  return { node: el("div", {}, el("div.head", {}, el("h1", {}, "Logs")), el("div.card", {}, text)), onevent: (type, job) => type === "job" && !job.progress && draw() };
}
