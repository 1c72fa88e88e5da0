// edit.js - the form of a source, made from the fields that its type has.
import { act, ask, count, el, grid, note } from "./dom.js";

const asText = (field, value) => (value == null ? "" : field.kind === "list" && Array.isArray(value) ? value.join(", ")
  : typeof value === "object" ? JSON.stringify(value) : String(value));

function asValue(field, text) {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  if (field.kind === "list") return trimmed.split(",").map((t) => t.trim()).filter(Boolean);
  if (field.kind === "integer") return Number(trimmed);
  if (field.kind === "bool") return trimmed === "true";
  if (field.kind === "map") return JSON.parse(trimmed);
  return trimmed;
}

function inputFor(field, value) {
  const id = `field-${field.key}`;
  const attributes = { id, required: field.required, placeholder: field.default ?? "", autocomplete: "off" };
  if (field.kind === "bool") {
    const made = el("select", { id }, el("option", { value: "" }, "–"), el("option", { value: "true" }, "yes"), el("option", { value: "false" }, "no"));
    made.value = asText(field, value);
    return made;
  }
  const made = el("input", attributes);
  made.value = value == null && field.required && field.default ? field.default : asText(field, value);
  return made;
}

/** The fields of a type with the values of `config`; read() gives the configuration back. */
function fieldsOf(type, config) {
  const shown = type.fields.filter((f) => f.prompt || f.required || config[f.key] !== undefined);
  const rest = type.fields.filter((f) => !shown.includes(f));
  const inputs = new Map();
  const row = (f) => {
    inputs.set(f, inputFor(f, config[f.key]));
    return [el("label", { for: `field-${f.key}` }, f.prompt ?? f.key, " ", el("span.soft.small", {}, f.help ?? "")), inputs.get(f)];
  };
  const secret = type.fields.find((f) => f.kind === "variable");
  const value = el("input", { id: "secret", type: "password", placeholder: type.example ?? "", autocomplete: "off" });
  return {
    node: el("div", {}, shown.map(row),
      secret && [el("label", { for: "secret" }, "Value of that variable ", el("span.soft.small", {}, "kept in .env of the project; leave it empty if it is set already")), value],
      rest.length > 0 && el("details", {}, el("summary", {}, "More settings"), rest.map(row))),
    read: () => {
      const out = { ...config };
      for (const [field, input] of inputs) {
        const made = asValue(field, input.value);
        if (made === undefined) delete out[field.key];
        else out[field.key] = made;
      }
      return out;
    },
    variables: () => {
      const name = secret && inputs.get(secret).value.trim();
      return name && value.value ? { [name]: value.value } : {};
    },
    location: () => value.value,
  };
}

async function tryOut(location, where) {
  where.replaceChildren(el("p.soft", {}, "Connecting…"));
  try {
    const found = await ask("/api/sources/test", "POST", { location });
    where.replaceChildren(el("p", {}, `It answers: ${count(found.tables.length)} tables.`),
      grid("Tables that were found", [{ name: "table" }, { name: "rows", number: true }, { name: "columns", number: true }],
        found.tables.map((t) => [t.name, count(t.rows), count(t.columns?.length)])));
  } catch (problem) {
    where.replaceChildren(el("div.failure", {}, problem.message));
  }
}

function form(types, source, save) {
  const ready = types.filter((t) => t.ready || t.name === source?.type);
  const name = el("input", { id: "name", required: true, pattern: "[a-z][a-z0-9_]*", autocomplete: "off", readonly: !!source });
  name.value = source?.name ?? "";
  const type = el("select", { id: "type", disabled: !!source }, ready.map((t) => el("option", { value: t.name }, t.title)));
  if (source) type.value = source.type;
  const place = el("div");
  const result = el("div", { "aria-live": "polite" });
  let fields;
  const draw = () => {
    fields = fieldsOf(ready.find((t) => t.name === type.value), source?.config ?? {});
    place.replaceChildren(fields.node);
  };
  type.addEventListener("change", draw);
  draw();
  const submit = act(async () => {
    const chosen = ready.find((t) => t.name === type.value);
    const entry = { name: name.value, type: chosen.name, enabled: source?.enabled ?? true };
    if (source?.description) entry.description = source.description;
    entry[chosen.config_key] = fields.read();
    await save({ ...entry, variables: fields.variables() });
    note(`Saved ${entry.name}`);
    location.hash = `#/source/${entry.name}`;
  });
  return el("form.card", { onsubmit: submit },
    el("label", { for: "name" }, "Name ", el("span.soft.small", {}, "small letters, digits and _; its tables are in raw_name")), name,
    el("label", { for: "type" }, "Type"), type, place,
    el("p", {}, el("button.main", { type: "submit" }, "Save"), " ",
      el("button", { type: "button", onclick: act(() => tryOut(fields.location(), result)) }, "Try the connection")), result);
}

export async function add() {
  const types = await ask("/api/source-types");
  return { node: el("div", {}, el("div.head", {}, el("h1", {}, "Add a source")), form(types, null, (entry) => ask("/api/sources", "POST", entry))) };
}

export async function change(name) {
  const [types, source] = await Promise.all([ask("/api/source-types"), ask(`/api/sources/${name}`)]);
  const remove = act(async () => {
    if (!confirm(`Remove ${name} from sources.yml? Its tables stay in the warehouse.`)) return;
    await ask(`/api/sources/${name}`, "DELETE");
    location.hash = "#/";
  });
  return {
    node: el("div", {}, el("div.head", {}, el("h1", {}, `Edit ${name}`), el("span.space"), el("button", { onclick: remove }, "Remove")),
      form(types, source, (entry) => ask(`/api/sources/${name}`, "PUT", entry))),
  };
}
