/* api_sync.c - syncs: ordered, listed, cancelled, watched. */
#include <inttypes.h>
#include <stdlib.h>

#include "web/app.h"
#include "web/json.h"

enum { MOST_NAMES = 64 };

static sl_status read_order(yyjson_val *body, struct web_job_order *order, struct sl_error *err) {
  order->full_refresh = web_get_bool(body, "full_refresh");
  order->allow_empty_replace = web_get_bool(body, "allow_empty_replace");
  sl_status rc = web_get_text(body, "start_date", &order->since, err);
  if (rc == SL_OK) {
    rc = web_get_text(body, "end_date", &order->until, err);
  }
  return rc == SL_OK ? web_get_text(body, "backfill", &order->backfill, err) : rc;
}

static sl_status add_job(const struct web_request *request, const struct web_job_order *order,
                         struct web_answer *answer, struct sl_error *err) {
  int64_t id = 0;
  sl_status rc = web_jobs_add(request->app->jobs, order, &id, err);
  if (rc == SL_OK) {
    answer->status = 202;
    sl_buffer_printf(&answer->body, "{\"job_id\": %" PRId64 "}\n", id);
  }
  return rc;
}

sl_status web_sync_source(const struct web_request *request, struct web_answer *answer,
                          struct sl_error *err) {
  struct web_job_order order = { .sources = request->names, .n_sources = 1 };
  yyjson_doc *doc = NULL;
  sl_status rc = web_read_body(request, &doc, err);
  if (rc == SL_OK) {
    rc = read_order(yyjson_doc_get_root(doc), &order, err);
  }
  if (rc == SL_OK) {
    rc = add_job(request, &order, answer, err);
  }
  yyjson_doc_free(doc);
  return rc;
}

sl_status web_sync_all(const struct web_request *request, struct web_answer *answer,
                       struct sl_error *err) {
  const char *names[MOST_NAMES];
  struct web_job_order order = { .sources = names };
  yyjson_doc *doc = NULL;
  sl_status rc = web_read_body(request, &doc, err);
  yyjson_val *body = yyjson_doc_get_root(doc);
  yyjson_arr_iter each = yyjson_arr_iter_with(yyjson_obj_get(body, "sources"));
  for (yyjson_val *name; rc == SL_OK && (name = yyjson_arr_iter_next(&each)) != NULL;) {
    rc = !yyjson_is_str(name)            ? sl_fail(err, SL_EUSAGE, "'sources' must be names")
         : order.n_sources == MOST_NAMES ? sl_fail(err, SL_EUSAGE, "too many sources")
                                         : SL_OK;
    if (rc == SL_OK) {
      names[order.n_sources++] = yyjson_get_str(name);
    }
  }
  if (rc == SL_OK) {
    rc = read_order(body, &order, err);
  }
  if (rc == SL_OK) {
    rc = add_job(request, &order, answer, err);
  }
  yyjson_doc_free(doc);
  return rc;
}

sl_status web_list_jobs(const struct web_request *request, struct web_answer *answer,
                        struct sl_error *err) {
  (void)err;
  web_jobs_list(request->app->jobs, &answer->body);
  return SL_OK;
}

static sl_status read_id(const struct web_request *request, int64_t *out, struct sl_error *err) {
  char *end = NULL;
  *out = strtoll(request->names[0], &end, 10);
  return *end == '\0' ? SL_OK : sl_fail(err, SL_ENOTFOUND, "'%s' is no job", request->names[0]);
}

sl_status web_show_job(const struct web_request *request, struct web_answer *answer,
                       struct sl_error *err) {
  int64_t id = 0;
  sl_status rc = read_id(request, &id, err);
  return rc == SL_OK ? web_jobs_show(request->app->jobs, id, &answer->body, err) : rc;
}

sl_status web_cancel_job(const struct web_request *request, struct web_answer *answer,
                         struct sl_error *err) {
  int64_t id = 0;
  sl_status rc = read_id(request, &id, err);
  if (rc == SL_OK) {
    rc = web_jobs_cancel(request->app->jobs, id, err);
  }
  sl_buffer_text(&answer->body, "{\"ok\": true}\n");
  return rc;
}

sl_status web_stream_events(const struct web_request *request, struct web_answer *answer,
                            struct sl_error *err) {
  const char *last = web_header(request, "Last-Event-ID");
  return web_events_stream(request->app->events, last == NULL ? -1 : strtoll(last, NULL, 10),
                           answer, err);
}

sl_status web_show_log(const struct web_request *request, struct web_answer *answer,
                       struct sl_error *err) {
  (void)err;
  web_jobs_log(request->app->jobs, &answer->body);
  return SL_OK;
}
