/* .env, and credentials by dlt's order of lookups. */
#include <stdlib.h>
#include <unistd.h>

#include "base/files.h"
#include "project/dotenv.h"

#include "../test.h"

TEST(dotenv) {
  static const char text[] =
      "# comment\n"
      "A=plain # not this\n"
      "export B = 'single ${A}'\n"
      "C=\"double ${A}\\n\"\n"
      "D=${A}-${NOT_SET:-x}\n"
      "E=with#hash\n"
      "F=\"two\nlines\"\n"
      "G=\n"
      "A=again\n"
      "H=a$";
  static const struct {
    const char *name, *value;
  } want[] = { { "A", "again" },   { "B", "single ${A}" }, { "C", "double plain\n" },
               { "D", "plain-x" }, { "E", "with#hash" },   { "F", "two\nlines" },
               { "G", "" },        { "H", "a$" } };
  struct sl_secrets secrets = { 0 };
  struct sl_error err = { 0 };
  CHECK_OK(sl_dotenv_parse(&secrets, ".env", text, strlen(text), &err), &err);
  for (size_t i = 0; i < COUNT(want); i++) {
    CHECK_STR(want[i].name, sl_secrets_variable(&secrets, want[i].name), want[i].value);
  }
  CHECK(sl_secrets_variable(&secrets, "SLUICE_TEST_NOT_THERE") == NULL);
  setenv("G", "of the environment", 1);
  CHECK_STR("environment first", sl_secrets_variable(&secrets, "G"), "of the environment");
  unsetenv("G");
  sl_secrets_release(&secrets);
  CHECK_FAILS(sl_dotenv_parse(&secrets, ".env", "X 1\n", 4, &err), SL_EDATA, &err);
  CHECK_STR("message", err.message, ".env:1:3: = is missing behind the name\n  1 | X 1\n        ^");
  CHECK_FAILS(sl_dotenv_parse(&secrets, ".env", "X='1\n", 5, &err), SL_EDATA, &err);
  sl_secrets_release(&secrets);
}

static const struct sl_secret_place place = { "shop", "sql_database", "sql_database" };

static void check_credentials(const char *label, const char *toml, const char *want) {
  struct sl_secrets secrets = { 0 };
  struct sl_error err = { 0 };
  char *url = NULL;
  if (CHECK_OK(sl_doc_parse_toml(&secrets.secrets, "secrets.toml", toml, strlen(toml), &err),
               &err)) {
    CHECK_OK(sl_secrets_credentials(&secrets, &place, &url, &err), &err);
    CHECK_STR(label, url, want);
    free(url);
  }
  sl_secrets_release(&secrets);
}

TEST(credentials) {
  static const struct {
    const char *label, *toml, *want;
  } cases[] = {
    { "section", "[sources.sql_database]\ncredentials='a://s'\n", "a://s" },
    { "longest first",
      "credentials='a://k'\n[sources]\ncredentials='a://s'\n[sources.sql_database]\n"
      "credentials='a://m'\n[sources.sql_database.sql_database]\ncredentials='a://ms'\n",
      "a://ms" },
    { "pipeline first",
      "[sources.sql_database]\ncredentials='a://s'\n[shop.sources]\ncredentials='a://p'\n",
      "a://p" },
    { "key alone", "credentials='a://k'\n", "a://k" },
    { "table",
      "[sources.sql_database.credentials]\ndrivername='mysql+pymysql'\nusername='u'\n"
      "password='p@ss/w'\nhost='h'\nport=3306\ndatabase='d'\n[sources.sql_database.credentials."
      "query]\nssl='1'\n",
      "mysql+pymysql://u:p%40ss%2Fw@h:3306/d?ssl=1" },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    check_credentials(cases[i].label, cases[i].toml, cases[i].want);
  }
  setenv("SOURCES__SQL_DATABASE__CREDENTIALS", "a://env", 1);
  check_credentials("environment first", "[sources.sql_database]\ncredentials='a://s'\n",
                    "a://env");
  unsetenv("SOURCES__SQL_DATABASE__CREDENTIALS");
  setenv("SOURCES__SQL_DATABASE__CREDENTIALS__PASSWORD", "e", 1);
  check_credentials("one part from the environment",
                    "[sources.sql_database.credentials]\ndrivername='x'\nusername='u'\n"
                    "password='p'\nhost='h'\ndatabase='d'\n",
                    "x://u:e@h/d");
  unsetenv("SOURCES__SQL_DATABASE__CREDENTIALS__PASSWORD");
}

TEST(missing_credentials) {
  struct sl_secrets secrets = { 0 };
  struct sl_error err = { 0 };
  char *url = NULL;
  CHECK_FAILS(sl_secrets_credentials(&secrets, &place, &url, &err), SL_EUSAGE, &err);
  CHECK(strstr(err.message, "SHOP__SOURCES__SQL_DATABASE__SQL_DATABASE__CREDENTIALS in the") !=
        NULL);
  CHECK(strstr(err.message, "under [sources.sql_database] in .dlt/secrets.toml") != NULL);
}

TEST(save_variable) {
  char folder[] = "/tmp/sluice-env-XXXXXX";
  char path[64];
  struct sl_error err = { 0 };
  struct sl_buffer text = { 0 };
  if (!CHECK(mkdtemp(folder) != NULL)) {
    return;
  }
  snprintf(path, sizeof path, "%s/.env", folder);
  CHECK_OK(sl_secrets_save_variable(folder, "A", "1", &err), &err);
  CHECK_OK(sl_secrets_save_variable(folder, "B", "it's $x", &err), &err);
  CHECK_OK(sl_secrets_save_variable(folder, "A", "mysql://u:p@h/d?x=1", &err), &err);
  CHECK_OK(sl_file_read(path, &text, &err), &err);
  CHECK_STR("file", text.data, "A=mysql://u:p@h/d?x=1\nB='it\\'s $x'\n");
  struct sl_secrets secrets = { 0 };
  CHECK_OK(sl_dotenv_read(&secrets, folder, &err), &err);
  CHECK_STR("read back", sl_secrets_variable(&secrets, "B"), "it's $x");
  sl_secrets_release(&secrets);
  sl_buffer_release(&text);
  CHECK_OK(sl_folder_delete(folder, &err), &err);
}
