/* pages.c - the page's own files, and the login that lets a browser in. */
#include "web/pages.h"

#include <stdio.h>

#include "web/app.h"
#include "web/guard.h"
#include "web/json.h"

static sl_status put_file(const char *name, struct web_answer *answer, struct sl_error *err) {
  for (const struct web_file *f = web_files; f->name != NULL; f++) {
    if (strcmp(f->name, name) == 0) {
      answer->type = f->type;
      answer->cache = "no-cache";
      sl_buffer_append(&answer->body, f->data, f->size);
      return SL_OK;
    }
  }
  return sl_fail(err, SL_ENOTFOUND, "there is no file %s", name);
}

sl_status web_page(const struct web_request *request, struct web_answer *answer,
                   struct sl_error *err) {
  (void)request;
  return put_file("index.html", answer, err);
}

sl_status web_asset(const struct web_request *request, struct web_answer *answer,
                    struct sl_error *err) {
  return put_file(request->names[0], answer, err);
}

/* The cookie is out of reach of scripts and not sent by other sites. */
sl_status web_login(const struct web_request *request, struct web_answer *answer,
                    struct sl_error *err) {
  yyjson_doc *doc = NULL;
  const char *token = NULL;
  const char *wanted = request->app->settings->token;
  sl_status rc = web_read_body(request, &doc, err);
  if (rc == SL_OK) {
    rc = web_get_text(yyjson_doc_get_root(doc), "token", &token, err);
  }
  if (rc == SL_OK && wanted != NULL && (token == NULL || !web_guard_same(wanted, token))) {
    answer->status = 401;
    sl_buffer_text(&answer->body,
                   "{\"error\": {\"code\": \"refused\", \"message\": "
                   "\"this is not the token\"}}\n");
  } else if (rc == SL_OK) {
    snprintf(answer->cookie, sizeof answer->cookie,
             "sluice_token=%.400s; Path=/; HttpOnly; SameSite=Strict", token == NULL ? "" : token);
    sl_buffer_text(&answer->body, "{\"ok\": true}\n");
  }
  yyjson_doc_free(doc);
  return rc;
}
