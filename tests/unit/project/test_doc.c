/* Trees of YAML and TOML: values, places, messages with a caret. */
#include "project/doc.h"

#include "../test.h"

static void check_json(const char *label, const struct sl_doc *doc, const char *want) {
  struct sl_buffer json = { 0 };
  sl_node_json(doc->root, &json);
  CHECK_STR(label, json.data, want);
  sl_buffer_release(&json);
}

TEST(yaml_values) {
  static const struct {
    const char *yaml, *json;
  } cases[] = {
    { "", "{}" },
    { "# nothing\n", "{}" },
    { "a: 1\nb: yes\nc: ~\nd: 1.5\ne: 'yes'\n",
      "{\"a\":1,\"b\":true,\"c\":null,\"d\":1.5,\"e\":\"yes\"}" },
    { "a:\n- x\n- y: 2\n  z: {p: [1, 2]}\n", "{\"a\":[\"x\",{\"y\":2,\"z\":{\"p\":[1,2]}}]}" },
    { "a: &x {b: 1}\nc: *x\n", "{\"a\":{\"b\":1},\"c\":{\"b\":1}}" },
    { "a: 2024-01-02\nb: |\n  l1\n  l2\n", "{\"a\":\"2024-01-02\",\"b\":\"l1\\nl2\\n\"}" },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_doc doc;
    struct sl_error err = { 0 };
    if (CHECK_OK(sl_doc_parse_yaml(&doc, "f", cases[i].yaml, strlen(cases[i].yaml), &err), &err)) {
      check_json(cases[i].yaml, &doc, cases[i].json);
      sl_doc_release(&doc);
    }
  }
}

TEST(yaml_messages) {
  static const struct {
    const char *yaml, *message;
  } cases[] = {
    { "a: 1\nb: [1, 2\n",
      "f:3:1: did not find expected ',' or ']' while parsing a flow sequence\n  3 | \n      ^" },
    { "a: 1\n\tb: 2\n",
      "f:2:1: found a tab character that violates indentation while scanning a plain scalar\n"
      "  2 | \tb: 2\n      ^" },
    { "a: 1\na: 2\n", "f:2:1: the key 'a' is there twice (first in line 1)\n  2 | a: 2\n      ^" },
    { "- a\n", "f:1:1: the file must begin with a key\n  1 | - a\n      ^" },
    { "ä: {b: 1, b: 2}\n",
      "f:1:12: the key 'b' is there twice (first in line 1)\n  1 | ä: {b: 1, b: 2}\n               "
      " ^" },
    { "a: *x\n", "f:1:4: an alias has no anchor before it\n  1 | a: *x\n         ^" },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_doc doc;
    struct sl_error err = { 0 };
    CHECK_FAILS(sl_doc_parse_yaml(&doc, "f", cases[i].yaml, strlen(cases[i].yaml), &err), SL_EDATA,
                &err);
    CHECK_STR(cases[i].yaml, err.message, cases[i].message);
  }
}

TEST(yaml_lines) {
  static const char yaml[] =
      "sources:\n"
      "- name: a\n"
      "  list:\n"
      "  - x\n"
      "  - y\n"
      "# about b\n"
      "- name: b\n"
      "  text: |\n"
      "    one\n"
      "    two\n"
      "  map: {\n"
      "    p: 1\n"
      "  }\n"
      "\n";
  struct sl_doc doc;
  struct sl_error err = { 0 };
  if (!CHECK_OK(sl_doc_parse_yaml(&doc, "f", yaml, strlen(yaml), &err), &err)) {
    return;
  }
  const struct sl_node *list = sl_node_get(doc.root, "sources");
  CHECK_INT("first", list->first->line, 2);
  CHECK_INT("first ends", list->first->last_line, 5);
  CHECK_INT("second", list->first->next->line, 7);
  CHECK_INT("second ends", list->first->next->last_line, 13);
  CHECK_INT("text ends", sl_node_get(list->first->next, "text")->last_line, 10);
  sl_doc_release(&doc);
}

TEST(unknown_key) {
  static const char *const known[] = { "credentials_env", "schema", NULL };
  static const char yaml[] = "schema: x\ncredential_env: y\n";
  struct sl_doc doc;
  struct sl_error err = { 0 };
  if (CHECK_OK(sl_doc_parse_yaml(&doc, "f", yaml, strlen(yaml), &err), &err)) {
    CHECK_FAILS(sl_doc_check_keys(&doc, doc.root, known, "it", &err), SL_EUSAGE, &err);
    CHECK_STR("message", err.message,
              "f:2:1: it has no key 'credential_env'; did you mean 'credentials_env'?\n"
              "  2 | credential_env: y\n      ^");
    sl_doc_release(&doc);
  }
}

TEST(toml_values) {
  static const struct {
    const char *toml, *json;
  } cases[] = {
    { "", "{}" },
    { "a = 1 # c\nb = \"x\\ty\\u00e9\"\nc = 'C:\\n'\n",
      "{\"a\":1,\"b\":\"x\\ty\xc3\xa9\",\"c\":\"C:\\\\n\"}" },
    { "[sources.sql_database]\ncredentials = \"mysql://u:p@h/d\"\n",
      "{\"sources\":{\"sql_database\":{\"credentials\":\"mysql://u:p@h/d\"}}}" },
    { "[a.b]\nx=1\n[a]\ny=2\n[a.c]\nz=3\n", "{\"a\":{\"b\":{\"x\":1},\"y\":2,\"c\":{\"z\":3}}}" },
    { "[[t]]\na=1\n[[t]]\na=2\n[t.u]\nb=3\n", "{\"t\":[{\"a\":1},{\"a\":2,\"u\":{\"b\":3}}]}" },
    { "a.b.\"c d\" = true\n", "{\"a\":{\"b\":{\"c d\":true}}}" },
    { "l = [1, 2,\n # c\n 3,]\nt = {a = 1, b.c = \"x\"}\n",
      "{\"l\":[1,2,3],\"t\":{\"a\":1,\"b\":{\"c\":\"x\"}}}" },
    { "h = 0x1F\no = 0o17\nb = 0b101\nu = 1_000\nf = -1.5e3\ni = -7\n",
      "{\"h\":31,\"o\":15,\"b\":5,\"u\":1000,\"f\":-1500.0,\"i\":-7}" },
    { "d = 1979-05-27T07:32:00Z\ne = 1979-05-27 07:32:00\nt = 07:32\n",
      "{\"d\":\"1979-05-27T07:32:00Z\",\"e\":\"1979-05-27 07:32:00\",\"t\":\"07:32\"}" },
    { "m = \"\"\"\none\ntwo \\\n   three\"\"\"\nq = '''a''''\n",
      "{\"m\":\"one\\ntwo three\",\"q\":\"a'\"}" },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_doc doc;
    struct sl_error err = { 0 };
    if (CHECK_OK(sl_doc_parse_toml(&doc, "f", cases[i].toml, strlen(cases[i].toml), &err), &err)) {
      check_json(cases[i].toml, &doc, cases[i].json);
      sl_doc_release(&doc);
    }
  }
}

TEST(toml_messages) {
  static const struct {
    const char *toml, *message;
  } cases[] = {
    { "a = x\n",
      "f:1:5: this is no number, date, true or false: texts need quotes\n  1 | a = x\n          "
      "^" },
    { "a = \"x\n", "f:1:5: this text has no closing quote\n  1 | a = \"x\n          ^" },
    { "a = 1\na = 2\n",
      "f:2:1: the key 'a' is there twice (first in line 1)\n  2 | a = 2\n      ^" },
    { "[a\n", "f:1:3: ] is missing here\n  1 | [a\n        ^" },
    { "a 1\n", "f:1:3: = is missing behind the key\n  1 | a 1\n        ^" },
    { "a = 1 2\n", "f:1:7: something stands behind the value\n  1 | a = 1 2\n            ^" },
    { "[t]\n[t]\n", "f:2:3: this table is there twice\n  2 | [t]\n        ^" },
    { "a = \"\\q\"\n",
      "f:1:7: there is no such escape in TOML (\\n, \\t, \\\", \\\\, \\u00e9 are "
      "some)\n  1 | a = \"\\q\"\n            ^" },
    { "a = [1, 2", "f:1:10: a comma or ] is missing here\n  1 | a = [1, 2\n               ^" },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_doc doc;
    struct sl_error err = { 0 };
    CHECK_FAILS(sl_doc_parse_toml(&doc, "f", cases[i].toml, strlen(cases[i].toml), &err), SL_EDATA,
                &err);
    CHECK_STR(cases[i].toml, err.message, cases[i].message);
  }
}
