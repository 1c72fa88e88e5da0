// data.js - the tables of the warehouse, and SQL that reads them.
import { ask, count, el, grid } from "./dom.js";

/** Rows of the catalog (one a column) as schema -> table -> {rows, columns}. */
function tree(catalog) {
  const schemas = new Map();
  for (const [schema, table, rows, column, type, nullable] of catalog.rows) {
    if (!schemas.has(schema)) schemas.set(schema, new Map());
    const tables = schemas.get(schema);
    if (!tables.has(table)) tables.set(table, { rows, columns: [] });
    tables.get(table).columns.push([column, type, nullable === "true" ? "" : "not null"]);
  }
  return schemas;
}

function names(schemas, schema, table) {
  return [...schemas].map(([s, tables]) => el("div", {}, el("h2", {}, s), el("ul.tables", {}, [...tables].map(([t, about]) =>
    el("li", {}, el("a", { href: `#/tables/${encodeURIComponent(s)}/${encodeURIComponent(t)}`, "aria-current": s === schema && t === table ? "page" : null },
      el("span", {}, t), el("span.soft.small", {}, count(about.rows))))))));
}

export async function tables(schema, table) {
  const schemas = tree(await ask("/api/catalog"));
  const side = el("div", {}, schemas.size ? names(schemas, schema, table) : el("p.soft", {}, "The warehouse has no tables yet."));
  const right = el("div");
  const about = schema && schemas.get(schema)?.get(table);
  if (about) {
    const rows = await ask(`/api/catalog/${encodeURIComponent(schema)}/${encodeURIComponent(table)}`);
    right.append(el("h2", {}, `${schema}.${table}`), grid("First rows", rows.columns, rows.rows), rows.more && el("p.small.soft", {}, "The first 100 rows."),
      el("h2", {}, "Columns"), grid("Columns", [{ name: "column" }, { name: "type" }, { name: "rule" }], about.columns));
  } else if (schema) {
    right.append(el("p", {}, `There is no table ${schema}.${table}.`));
  } else {
    right.append(el("p.soft", {}, "Choose a table."));
  }
  return { node: el("div", {}, el("div.head", {}, el("h1", {}, "Tables")), el("div.columns", {}, side, right)) };
}

let lastSql = "";

export async function query() {
  const sql = el("textarea", { id: "sql", spellcheck: "false" });
  sql.value = lastSql;
  const result = el("div", { "aria-live": "polite" });
  const run = async (event) => {
    event?.preventDefault();
    lastSql = sql.value;
    const start = performance.now();
    result.replaceChildren(el("p.soft", {}, "Running…"));
    try {
      const got = await ask("/api/query", "POST", { sql: sql.value });
      const took = ((performance.now() - start) / 1000).toFixed(2);
      result.replaceChildren(grid("Result", got.columns, got.rows),
        el("p.small.soft", {}, `${count(got.rows.length)} rows in ${took} s${got.more ? "; there are more, which the project's query_max_rows leaves out" : ""}`));
    } catch (problem) {
      result.replaceChildren(el("div.failure", {}, problem.message));
    }
  };
  sql.addEventListener("keydown", (e) => { if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) run(e); });
  return {
    node: el("div", {}, el("div.head", {}, el("h1", {}, "Query")),
      el("form.card", { onsubmit: run }, el("label", { for: "sql" }, "SQL ", el("span.soft.small", {}, "reads only; Ctrl+Enter runs it")), sql,
        el("p", {}, el("button.main", { type: "submit" }, "Run"))), result),
  };
}
