/* sources.yml: what is read, what is refused and how, and changes that keep comments. */
#include <stdlib.h>

#include "base/files.h"
#include "pipeline/workdir.h"
#include "project/sources.h"

#include "../test.h"

#define HEAD "version: '1.0'\nsources:\n"

TEST(seed_000) {
  static const char yaml[] = HEAD
      "- name: my_postgres\n"
      "  type: postgres\n"
      "  enabled: true\n"
      "  description: Production PostgreSQL database\n"
      "  generic_config:\n"
      "    credentials_env: POSTGRES_CREDENTIALS\n"
      "    schema: public\n"
      "    table_names:\n"
      "    - customers\n"
      "- name: my_mysql\n"
      "  type: dlt_native\n"
      "  enabled: no\n"
      "  tags: [a, b]\n"
      "  lookback_days: 3\n"
      "  empty_sync_policy: allow\n"
      "  dlt_native:\n"
      "    source_module: sql_database\n"
      "    source_function: sql_database\n"
      "    function_kwargs:\n"
      "      schema: \"mydb\"\n"
      "      chunk_size: 100000\n"
      "      backend: \"pyarrow\"\n"
      "      incremental:\n"
      "        cursor_column: \"updated_at\"\n"
      "        initial_value: \"2024-01-01\"\n";
  struct sl_sources list;
  struct sl_error err = { 0 };
  if (!CHECK_OK(sl_sources_parse(&list, "s.yml", yaml, strlen(yaml), &err), &err)) {
    return;
  }
  CHECK_INT("count", list.count, 2);
  CHECK_STR("name", list.items[0].name, "my_postgres");
  CHECK_STR("type", list.items[0].type->title, "PostgreSQL");
  CHECK(list.items[0].enabled && !list.items[1].enabled && list.items[1].allow_empty);
  CHECK_STR("tags", list.items[1].tags, "a,b");
  CHECK_INT("lookback", list.items[1].lookback_days, 3);
  sl_sources_release(&list);
}

TEST(refused) {
  static const struct {
    const char *yaml, *message;
  } cases[] = {
    { "version: '2.0'\n", "s.yml:1:10: version '2.0' is not known" },
    { HEAD "- name: My-Db\n  type: postgres\n", "s.yml:3:9: a source's name has lower case" },
    { HEAD "- type: postgres\n", "s.yml:3:3: this source has no name" },
    { HEAD "- name: a\n  type: postgre\n",
      "s.yml:4:9: there is no source type 'postgre'; did you "
      "mean 'postgres'?\n  4 |   type: postgre\n" },
    { HEAD "- name: a\n  type: csv\n  enabeld: true\n",
      "s.yml:5:3: source a has no key 'enabeld'; did you mean 'enabled'?" },
    { HEAD "- name: a\n  type: postgres\n  postgres: {}\n",
      "s.yml:5:3: the settings of a source of type postgres stand under 'generic_config'" },
    { HEAD "- name: a\n  type: postgres\n  generic_config: {credentials_evn: X}\n",
      "s.yml:5:20: source a (postgres) has no setting 'credentials_evn'; did you mean "
      "'credentials_env'?" },
    { HEAD "- name: a\n  type: postgres\n  generic_config: {schema: x}\n",
      "s.yml:5:19: source a needs credentials_env under generic_config" },
    { HEAD "- name: a\n  type: csv\n  csv: {directory: [x]}\n",
      "s.yml:5:20: directory must be a text" },
    { HEAD
      "- name: a\n  type: csv\n  csv: {directory: x}\n- name: a\n  type: csv\n  csv: "
      "{directory: x}\n",
      "s.yml:6:9: there are two sources called a (the first in line 3)" },
    { HEAD
      "- name: a\n  type: postgres\n  generic_config: {credentials_env: X, incremental: "
      "{cursor: id}}\n",
      "s.yml:5:54: incremental has no key 'cursor'" },
    { HEAD
      "- name: a\n  type: postgres\n  enabled: maybe\n  generic_config: {credentials_env: X}\n",
      "s.yml:5:12: enabled must be true or false" },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_sources list;
    struct sl_error err = { 0 };
    CHECK_FAILS(sl_sources_parse(&list, "s.yml", cases[i].yaml, strlen(cases[i].yaml), &err),
                SL_EUSAGE, &err);
    err.message[strlen(cases[i].message)] = '\0';
    CHECK_STR(cases[i].yaml, err.message, cases[i].message);
  }
}

TEST(engine_options_are_keys) {
  static const char yaml[] = HEAD
      "- name: a\n  type: postgres\n  generic_config:\n"
      "    credentials_env: X\n    where: id > 3\n"
      "    write_disposition: append\n    primary_key: id\n"
      "    tables:\n      t: {columns: 'a:decimal', contract: "
      "columns=freeze}\n";
  struct sl_sources list;
  struct sl_error err = { 0 };
  CHECK_OK(sl_sources_parse(&list, "s.yml", yaml, strlen(yaml), &err), &err);
  sl_sources_release(&list);
}

/* ---- changes ---- */

struct place {
  char folder[32];
  struct sl_project *project;
};

static bool place_init(struct place *p, const char *yaml) {
  struct sl_error err = { 0 };
  char path[96];
  snprintf(p->folder, sizeof p->folder, "/tmp/sluice-prj-XXXXXX");
  if (!CHECK(mkdtemp(p->folder) != NULL)) {
    return false;
  }
  snprintf(path, sizeof path, "%s/.dango", p->folder);
  CHECK_OK(sl_folder_make(path, &err), &err);
  snprintf(path, sizeof path, "%s/.dango/project.yml", p->folder);
  CHECK_OK(sl_file_write(path, "project:\n  name: t\n", 19, false, &err), &err);
  snprintf(path, sizeof path, "%s/.dango/sources.yml", p->folder);
  CHECK_OK(sl_file_write(path, yaml, strlen(yaml), false, &err), &err);
  return CHECK_OK(sl_project_open(&p->project, p->folder, &err), &err);
}

static void place_end(struct place *p, const char *label, const char *want) {
  struct sl_buffer text = { 0 };
  struct sl_error err = { 0 };
  char path[96];
  snprintf(path, sizeof path, "%s/.dango/sources.yml", p->folder);
  CHECK_OK(sl_file_read(path, &text, &err), &err);
  CHECK_STR(label, text.data, want);
  sl_buffer_release(&text);
  sl_project_close(p->project);
  CHECK_OK(sl_folder_delete(p->folder, &err), &err);
}

#define A \
  "# my sources\n" HEAD "- name: a  # the first\n  type: csv\n  csv:\n    directory: x # here\n"
#define JSON_B "{\"name\":\"b\",\"type\":\"csv\",\"csv\":{\"directory\":\"y\"}}"
#define B      "- name: b\n  type: csv\n  csv:\n    directory: y\n"

TEST(adding) {
  static const struct {
    const char *label, *before, *after;
  } cases[] = {
    { "to some", A "# the end\n", A B "# the end\n" },
    { "to none", HEAD, HEAD B },
    { "to []", "version: '1.0'\nsources: []\n# end\n", HEAD B "# end\n" },
    { "to nothing", "", HEAD B },
    { "indented", HEAD "  - name: a\n    type: csv\n    csv: {directory: x}\n",
      HEAD
      "  - name: a\n    type: csv\n    csv: {directory: x}\n"
      "  - name: b\n    type: csv\n    csv:\n      directory: y\n" },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct place p;
    struct sl_error err = { 0 };
    if (place_init(&p, cases[i].before)) {
      CHECK_OK(sl_sources_add(p.project, JSON_B, &err), &err);
      place_end(&p, cases[i].label, cases[i].after);
    }
  }
}

TEST(removing_and_replacing) {
  struct place p;
  struct sl_error err = { 0 };
  if (place_init(&p, A B "# the end\n")) {
    CHECK_OK(sl_sources_remove(p.project, "a", &err), &err);
    CHECK_FAILS(sl_sources_remove(p.project, "c", &err), SL_ENOTFOUND, &err);
    CHECK_STR("message", err.message, "there is no source c; there are: b");
    place_end(&p, "removed", "# my sources\n" HEAD B "# the end\n");
  }
  if (place_init(&p, A B)) {
    CHECK_OK(sl_sources_replace(p.project, "a",
                                "{\"name\":\"a\",\"type\":\"csv\",\"enabled\":false,\"csv\":{"
                                "\"directory\":\"x\",\"file_pattern\":\"*.tsv\"}}",
                                &err),
             &err);
    place_end(&p, "replaced", A "    file_pattern: '*.tsv'\n  enabled: false\n" B);
  }
  if (place_init(&p, A)) { /* what would not be read is not written */
    CHECK_FAILS(sl_sources_add(p.project, "{\"name\":\"b\",\"type\":\"cvs\"}", &err), SL_EUSAGE,
                &err);
    place_end(&p, "refused", A);
  }
}

TEST(unreferenced) {
  struct place p;
  struct sl_error err = { 0 };
  struct sl_sources list;
  char path[96];
  char **names = NULL;
  size_t n = 0;
  if (!place_init(&p,
                  HEAD "- name: x\n  type: dlt_native\n  dlt_native: {source_module: used}\n")) {
    return;
  }
  static const char *const files[] = { "used.py", "my_api.py", "__init__.py", ".hidden.py",
                                       "a.txt" };
  snprintf(path, sizeof path, "%s/custom_sources", p.folder);
  CHECK_OK(sl_folder_make(path, &err), &err);
  for (size_t i = 0; i < COUNT(files); i++) {
    snprintf(path, sizeof path, "%s/custom_sources/%s", p.folder, files[i]);
    CHECK_OK(sl_file_write(path, "", 0, false, &err), &err);
  }
  CHECK_OK(sl_sources_read(&list, p.project, &err), &err);
  CHECK_OK(sl_sources_unreferenced(p.project, &list, &names, &n, &err), &err);
  CHECK_INT("count", n, 1);
  struct sl_buffer text = { 0 };
  if (n == 1) {
    sl_sources_unreferenced_text(names, n, &text);
    CHECK_STR("text", text.data,
              "⚠️  Unreferenced custom sources detected:\n   - custom_sources/my_api.py\n\n"
              "These files won't be synced. To use them, add to .dango/sources.yml:\n\n"
              "  - name: my_api\n    type: dlt_native\n    enabled: true\n    dlt_native:\n"
              "      source_module: my_api\n      source_function: <function_name>\n"
              "      function_kwargs: {}\n");
  }
  sl_buffer_release(&text);
  sl_names_free(names, n);
  sl_sources_release(&list);
  sl_project_close(p.project);
  CHECK_OK(sl_folder_delete(p.folder, &err), &err);
}
