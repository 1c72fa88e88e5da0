/* test_scheduler.c - what runs when, with a clock and tries that the test moves by hand. */
#include "schedule/scheduler.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/files.h"
#include "base/time.h"
#include "schedule/runs.h"
#include "unit/test.h"

static char root[64];
static struct {
  int64_t started; /* tries so far; the last one's id */
  char sources[200];
  bool over, stopped;
  struct sl_try_result result;
  char told[2000], said[20000];
} world;

static sl_status start(void *arg, const struct sl_schedule_order *order, int64_t *id,
                       struct sl_error *err) {
  (void)arg;
  (void)err;
  *id = ++world.started;
  world.over = world.stopped = false;
  world.sources[0] = '\0';
  for (size_t i = 0; i < order->n_sources; i++) {
    size_t n = strlen(world.sources);
    snprintf(world.sources + n, sizeof world.sources - n, "%s ", order->sources[i]);
  }
  return SL_OK;
}

static bool over(void *arg, int64_t id, struct sl_try_result *out) {
  (void)arg;
  bool now = world.over && id == world.started;
  if (now) {
    *out = world.result;
    out->json = out->json == NULL ? NULL : strdup(out->json);
    out->message = out->message == NULL ? NULL : strdup(out->message);
    world.over = false;
  }
  return now;
}

static void stop(void *arg, int64_t id) {
  (void)arg;
  world.stopped = id == world.started;
}

static void say(void *arg, const struct sl_schedule_line *line) {
  (void)arg;
  size_t n = strlen(world.said);
  snprintf(world.said + n, sizeof world.said - n, "%s|%s|%s\n",
           line->schedule == NULL ? "" : line->schedule, line->event, line->message);
}

static void tell(void *arg, const struct sl_webhook *webhook, const char *body) {
  (void)arg;
  size_t n = strlen(world.told);
  snprintf(world.told + n, sizeof world.told - n, "%s %s\n", webhook->name, body);
}

static void write_file(const char *name, const char *text) {
  struct sl_error err = { 0 };
  char path[200];
  snprintf(path, sizeof path, "%s/.dango/%s", root, name);
  CHECK_OK(sl_file_write(path, text, strlen(text), false, &err), &err);
}

static void begin(const char *schedules) {
  struct sl_error err = { 0 };
  char path[200];
  snprintf(root, sizeof root, "/tmp/sluice_schedules_XXXXXX");
  CHECK(mkdtemp(root) != NULL);
  snprintf(path, sizeof path, "%s/.dango", root);
  CHECK_OK(sl_folder_make(path, &err), &err);
  write_file("project.yml", "project:\n  name: shop\n");
  write_file("sources.yml",
             "version: '1.0'\nsources:\n"
             "- name: a\n  type: sqlite\n  generic_config: {path: a.db}\n"
             "- name: b\n  type: sqlite\n  generic_config: {path: b.db}\n");
  write_file("schedules.yml", schedules);
  memset(&world, 0, sizeof world);
}

static void finish(void) {
  struct sl_error err = { 0 };
  CHECK_OK(sl_folder_delete(root, &err), &err);
}

/* "2026-03-29 00:30" in UTC */
static int64_t at(const char *text) {
  struct sl_iso iso;
  CHECK_CASE(text, sl_iso_parse(sl_text_of(text), &iso));
  return iso.micros;
}

static struct sl_scheduler *open_at(const char *text, sl_status expect) {
  struct sl_scheduler *s = NULL;
  struct sl_error err = { 0 };
  struct sl_scheduler_settings settings = { .root = root,
                                            .due = true,
                                            .door = { NULL, start, over, stop, say, tell } };
  CHECK_FAILS(sl_scheduler_new(&s, &settings, at(text), &err), expect, &err);
  return s;
}

static void end_try(struct sl_scheduler *s, enum sl_try_end how, const char *json,
                    const char *moment) {
  world.result = (struct sl_try_result){ .end = how, .json = (char *)(uintptr_t)json };
  world.over = true;
  sl_scheduler_tick(s, at(moment));
}

/* The status of the n-th run from the end. */
static void check_run(const char *name, size_t back, const char *status, int64_t tries) {
  struct sl_error err = { 0 };
  struct sl_project *project = NULL;
  yyjson_doc *doc = NULL;
  CHECK_OK(sl_project_open(&project, root, &err), &err);
  CHECK_OK(sl_runs_read(project, name, &doc, &err), &err);
  yyjson_val *list = yyjson_doc_get_root(doc);
  yyjson_val *o = yyjson_arr_get(list, yyjson_arr_size(list) - 1 - back);
  CHECK_STR(name, yyjson_get_str(yyjson_obj_get(o, "status")), status);
  CHECK_INT(name, yyjson_get_sint(yyjson_obj_get(o, "attempts")), tries);
  yyjson_doc_free(doc);
  sl_project_close(project);
}

#define NIGHTLY \
  "schedules:\n- name: nightly\n  cron: '0 6 * * *'\n  timezone: UTC\n  sources: [a, b]\n"

TEST(due_once_and_remembered) {
  begin(NIGHTLY);
  struct sl_scheduler *s = open_at("2026-11-20T05:00:00", SL_OK);
  sl_scheduler_tick(s, at("2026-11-20T05:59:59"));
  CHECK_INT("before", world.started, 0);
  sl_scheduler_tick(s, at("2026-11-20T06:00:00"));
  sl_scheduler_tick(s, at("2026-11-20T06:00:01"));
  CHECK_INT("at six", world.started, 1);
  CHECK_STR("sources", world.sources, "a b ");
  check_run("nightly", 0, "running", 0);
  end_try(s, SL_TRY_DONE, "{\"sources\": [{\"source\": \"a\", \"rows\": 7}]}",
          "2026-11-20T06:00:30");
  check_run("nightly", 0, "success", 1);
  sl_scheduler_free(s, at("2026-11-20T06:01:00"));
  s = open_at("2026-11-20T06:02:00", SL_OK); /* a restart repeats nothing */
  sl_scheduler_tick(s, at("2026-11-20T06:02:00"));
  CHECK_INT("restarted", world.started, 1);
  sl_scheduler_free(s, at("2026-11-20T06:03:00"));
  s = open_at("2026-11-23T09:00:00", SL_OK); /* three were missed: one makes up for them */
  sl_scheduler_tick(s, at("2026-11-23T09:00:00"));
  CHECK_INT("made up", world.started, 2);
  end_try(s, SL_TRY_DONE, NULL, "2026-11-23T09:01:00");
  sl_scheduler_tick(s, at("2026-11-23T09:02:00"));
  CHECK_INT("once", world.started, 2);
  sl_scheduler_free(s, at("2026-11-23T09:03:00"));
  finish();
}

TEST(an_interrupted_run_is_made_up_for) {
  begin(NIGHTLY);
  struct sl_scheduler *s = open_at("2026-11-20T05:00:00", SL_OK);
  sl_scheduler_tick(s, at("2026-11-20T06:00:00"));
  sl_scheduler_free(s, at("2026-11-20T06:00:10"));
  check_run("nightly", 0, "interrupted", 1);
  s = open_at("2026-11-20T07:00:00", SL_OK);
  sl_scheduler_tick(s, at("2026-11-20T07:00:00"));
  CHECK_INT("again", world.started, 2);
  end_try(s, SL_TRY_DONE, NULL, "2026-11-20T07:01:00");
  sl_scheduler_free(s, at("2026-11-20T07:02:00"));
  s = open_at("2026-11-20T08:00:00", SL_OK);
  sl_scheduler_tick(s, at("2026-11-20T08:00:00"));
  CHECK_INT("not once more", world.started, 2);
  sl_scheduler_free(s, at("2026-11-20T08:00:10"));
  finish();
}

TEST(too_late_is_missed) {
  begin(NIGHTLY "  misfire_grace_time: 3600\n");
  struct sl_scheduler *s = open_at("2026-11-20T08:00:00", SL_OK);
  sl_scheduler_tick(s, at("2026-11-20T08:00:00"));
  sl_scheduler_free(s, at("2026-11-20T08:00:00"));
  s = open_at("2026-11-21T07:00:01", SL_OK);
  sl_scheduler_tick(s, at("2026-11-21T07:00:01"));
  CHECK_INT("started", world.started, 0);
  check_run("nightly", 0, "missed", 0);
  sl_scheduler_free(s, at("2026-11-21T08:00:00"));
  finish();
}

TEST(tries_and_their_end) {
  begin(NIGHTLY
        "  retries: 2\n  retry_delays: [10, 60]\n"
        "notifications:\n  on_success: false\n  webhooks:\n"
        "  - {name: ops, url: 'http://h/x'}\n  - {name: chat, url: 'http://h/y', format: slack}\n");
  struct sl_scheduler *s = open_at("2026-11-20T05:00:00", SL_OK);
  sl_scheduler_tick(s, at("2026-11-20T06:00:00"));
  const char *half =
      "{\"sources\": [{\"source\": \"a\", \"rows\": 7, \"error\": null, \"drift\": \"\"},"
      "{\"source\": \"b\", \"rows\": 0, \"error\": \"no route\"}]}";
  end_try(s, SL_TRY_PARTIAL, half, "2026-11-20T06:00:05");
  CHECK_INT("waits", world.started, 1);
  CHECK(strstr(world.told, "ops {\"event\": \"sync_retrying\"") != NULL);
  CHECK(strstr(world.told, "\"next_retry_at\": \"2026-11-20T06:00:15+00:00\"") != NULL);
  CHECK(strstr(world.told, "*Next retry:* 06:00:15 UTC") != NULL);
  sl_scheduler_tick(s, at("2026-11-20T06:00:14"));
  CHECK_INT("waits", world.started, 1);
  sl_scheduler_tick(s, at("2026-11-20T06:00:15"));
  CHECK_INT("second", world.started, 2);
  CHECK_STR("only what failed", world.sources, "b ");
  end_try(s, SL_TRY_FAILED, NULL, "2026-11-20T06:01:00");
  sl_scheduler_tick(s, at("2026-11-20T06:02:00"));
  CHECK_INT("third", world.started, 3);
  end_try(s, SL_TRY_FAILED, NULL, "2026-11-20T06:03:00");
  check_run("nightly", 0, "partial", 3);
  CHECK(strstr(world.told, "\"event\": \"sync_failed\"") != NULL);
  sl_scheduler_tick(s, at("2026-11-20T07:00:00"));
  CHECK_INT("no fourth", world.started, 3);

  sl_scheduler_tick(s, at("2026-11-21T06:00:00"));
  world.told[0] = '\0';
  end_try(s, SL_TRY_DONE, NULL, "2026-11-21T06:01:00");
  CHECK_STR("on_success is off", world.told, "");

  sl_scheduler_tick(s, at("2026-11-22T06:00:00"));
  end_try(s, SL_TRY_TIMEOUT, NULL, "2026-11-22T07:00:00");
  check_run("nightly", 0, "timeout", 1); /* and no other try */
  sl_scheduler_tick(s, at("2026-11-23T06:00:00"));
  world.result = (struct sl_try_result){ .end = SL_TRY_FAILED, .final = true };
  world.over = true;
  sl_scheduler_tick(s, at("2026-11-23T06:00:01"));
  check_run("nightly", 0, "failed", 1); /* a wrong configuration is no better in a minute */
  sl_scheduler_free(s, at("2026-11-23T07:00:00"));
  finish();
}

TEST(overlap) {
  static const struct {
    const char *overlap;
    bool stopped;
    const char *last;
    int64_t started;
  } cases[] = { { "skip", false, "skipped", 1 },
                { "queue", false, "running", 2 },
                { "cancel", true, "running", 2 } };
  for (size_t i = 0; i < COUNT(cases); i++) {
    char text[300];
    snprintf(text, sizeof text,
             "schedules:\n- name: often\n  cron: '* * * * *'\n  sources: [a]\n  overlap: %s\n",
             cases[i].overlap);
    begin(text);
    struct sl_scheduler *s = open_at("2026-11-20T05:00:30", SL_OK);
    sl_scheduler_tick(s, at("2026-11-20T05:01:00"));
    sl_scheduler_tick(s, at("2026-11-20T05:02:00"));
    CHECK_INT(cases[i].overlap, world.started, 1);
    CHECK_INT(cases[i].overlap, world.stopped, cases[i].stopped);
    end_try(s, world.stopped ? SL_TRY_FAILED : SL_TRY_DONE, NULL, "2026-11-20T05:02:30");
    CHECK_INT(cases[i].overlap, world.started, cases[i].started);
    check_run("often", 0, cases[i].last, 0);
    if (cases[i].stopped) {
      check_run("often", 1, "cancelled", 1);
    }
    sl_scheduler_free(s, at("2026-11-20T05:03:00"));
    finish();
  }
}

TEST(clocks_are_set_back_and_forth) {
  begin(
      "schedules:\n- name: berlin\n  cron: '30 2 * * *'\n  timezone: Europe/Berlin\n  sources: "
      "[a]\n");
  struct sl_scheduler *s = open_at("2026-03-28T12:00:00", SL_OK);
  int64_t end = at("2026-03-30T12:00:00");
  for (int64_t now = at("2026-03-28T12:00:00"); now < end; now += 60 * SL_MICROS_PER_SECOND) {
    world.over = world.started > 0; /* each ends at once */
    sl_scheduler_tick(s, now);
  }
  CHECK_INT("forth", world.started, 2);
  sl_scheduler_free(s, end);
  s = open_at("2026-10-24T12:00:00", SL_OK);
  world.started = 0;
  sl_scheduler_tick(s, at("2026-10-24T12:00:00")); /* makes up for the summer */
  end = at("2026-10-26T12:00:00");
  for (int64_t now = at("2026-10-24T12:00:00"); now < end; now += 60 * SL_MICROS_PER_SECOND) {
    world.over = true;
    sl_scheduler_tick(s, now);
  }
  CHECK_INT("back", world.started, 3);
  sl_scheduler_free(s, end);
  finish();
}

TEST(files_that_change_or_are_wrong) {
  begin(NIGHTLY "- name: wrong\n  cron: '61 * * * *'\n  sources: [a]\n");
  struct sl_scheduler *s = open_at("2026-11-20T05:00:00", SL_OK);
  CHECK(strstr(world.said, "'61'") != NULL);
  sl_scheduler_tick(s, at("2026-11-20T06:00:00"));
  CHECK_INT("the other one runs", world.started, 1);
  end_try(s, SL_TRY_DONE, NULL, "2026-11-20T06:00:01");
  write_file("schedules.yml", "schedules: [\n");
  sl_scheduler_tick(s, at("2026-11-20T06:00:02"));
  CHECK(strstr(world.said, "|configuration|") != NULL);
  sl_scheduler_tick(s, at("2026-11-21T06:00:00"));
  CHECK_INT("the old list is used on", world.started, 2);
  end_try(s, SL_TRY_DONE, NULL, "2026-11-21T06:00:01");
  write_file("schedules.yml",
             "schedules:\n- {name: nightly, cron: '0 9 * * *', timezone: UTC, sources: [b]}\n");
  sl_scheduler_tick(s, at("2026-11-21T06:00:02"));
  sl_scheduler_tick(s, at("2026-11-21T09:00:00"));
  CHECK_INT("the new list", world.started, 3);
  CHECK_STR("the new list", world.sources, "b ");
  write_file("schedules.yml", "schedules: []\n");
  end_try(s, SL_TRY_FAILED, NULL, "2026-11-21T09:00:01");
  check_run("nightly", 0, "failed", 1);
  sl_scheduler_tick(s, at("2026-11-22T09:00:00"));
  CHECK_INT("gone", world.started, 3);
  sl_scheduler_free(s, at("2026-11-22T09:00:01"));
  finish();
}

TEST(a_disabled_schedule_makes_up_for_nothing) {
  begin(NIGHTLY "  enabled: false\n");
  struct sl_scheduler *s = open_at("2026-11-20T05:00:00", SL_OK);
  sl_scheduler_tick(s, at("2026-11-20T06:00:00"));
  CHECK_INT("disabled", world.started, 0);
  write_file("schedules.yml", NIGHTLY);
  sl_scheduler_tick(s, at("2026-11-20T07:00:00"));
  CHECK_INT("enabled", world.started, 0);
  sl_scheduler_tick(s, at("2026-11-21T06:00:00"));
  CHECK_INT("enabled", world.started, 1);
  sl_scheduler_free(s, at("2026-11-21T06:00:01"));
  finish();
}

TEST(staleness_is_told_once) {
  begin(NIGHTLY "notifications:\n  webhooks: [{name: ops, url: 'http://h/x'}]\n");
  struct sl_scheduler *s = open_at("2026-11-20T05:00:00", SL_OK);
  sl_scheduler_tick(s, at("2026-11-20T05:00:00"));
  for (int i = 0; i < 3; i++) {
    sl_scheduler_tick(s, at("2026-11-22T05:01:30") + i * 90 * SL_MICROS_PER_SECOND);
  }
  const char *told = strstr(world.told, "sync_stale");
  CHECK(told != NULL && strstr(told + 1, "sync_stale") == NULL);
  CHECK(told != NULL && strstr(told, "\"stale_hours\": 48.0") != NULL);
  sl_scheduler_free(s, at("2026-11-22T05:10:00"));
  finish();
}

TEST(one_scheduler_in_a_project) {
  struct sl_error err = { 0 };
  begin(NIGHTLY);
  struct sl_scheduler *s = open_at("2026-11-20T05:00:00", SL_OK);
  CHECK(open_at("2026-11-20T05:00:00", SL_EBUSY) == NULL);
  CHECK_OK(sl_scheduler_trigger(s, "nightly", &err), &err);
  CHECK_FAILS(sl_scheduler_trigger(s, "weekly", &err), SL_ENOTFOUND, &err);
  CHECK(!sl_scheduler_idle(s));
  sl_scheduler_tick(s, at("2026-11-20T05:00:10"));
  CHECK_INT("triggered", world.started, 1);
  CHECK_FAILS(sl_scheduler_trigger(s, "nightly", &err), SL_EBUSY, &err);
  end_try(s, SL_TRY_DONE, NULL, "2026-11-20T05:01:00");
  CHECK(sl_scheduler_idle(s));
  sl_scheduler_free(s, at("2026-11-20T05:02:00"));
  finish();
}
