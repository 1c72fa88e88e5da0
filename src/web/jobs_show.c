/* jobs_show.c - jobs and what they printed, as JSON. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/time.h"
#include "schema/json_text.h"
#include "web/jobs_internal.h"

const char *const web_job_states[] = {
  "queued", "running", "done", "partial", "failed", "cancelled"
};

static void put_time(struct sl_buffer *out, const char *name, int64_t micros) {
  char text[40];
  if (micros != 0) {
    sl_timestamp_print(text, micros, true);
  }
  sl_json_member_text(out, false, name, micros == 0 ? NULL : text);
}

static void put_job(const struct web_job *job, struct sl_buffer *out) {
  sl_buffer_printf(out, "{\"id\": %" PRId64 ", \"state\": \"%s\", \"sources\": [", job->id,
                   web_job_states[job->state]);
  for (size_t i = 0; i < job->n_sources; i++) {
    sl_buffer_text(out, i == 0 ? "" : ", ");
    sl_json_text(out, job->argv[i + 1]);
  }
  sl_buffer_char(out, ']');
  sl_json_member_text(out, false, "schedule", job->schedule);
  put_time(out, "created", job->created);
  put_time(out, "started", job->started);
  put_time(out, "finished", job->finished);
  sl_json_member_json(out, false, "progress", job->progress);
  sl_json_member_json(out, false, "result", job->result);
  sl_json_member_text(out, false, "message", job->message);
  sl_buffer_char(out, '}');
}

void web_job_publish(struct web_job *job) {
  struct sl_buffer json = { 0 };
  put_job(job, &json);
  if (!json.failed) {
    web_events_publish(job->jobs->events, "job", json.data);
  }
  sl_buffer_release(&json);
}

struct web_job *web_job_find(struct web_jobs *jobs, int64_t id, struct sl_error *err) {
  struct web_job *job = id < 0 || id >= jobs->next ? NULL : jobs->all[id % KEPT_JOBS];
  if (job == NULL || job->id != id) {
    sl_fail(err, SL_ENOTFOUND, "there is no job %" PRId64, id);
    return NULL;
  }
  return job;
}

sl_status web_jobs_show(struct web_jobs *jobs, int64_t id, struct sl_buffer *out,
                        struct sl_error *err) {
  pthread_mutex_lock(&jobs->lock);
  struct web_job *job = web_job_find(jobs, id, err);
  if (job != NULL) {
    put_job(job, out);
  }
  pthread_mutex_unlock(&jobs->lock);
  return job == NULL ? SL_ENOTFOUND : SL_OK;
}

void web_jobs_list(struct web_jobs *jobs, struct sl_buffer *out) {
  pthread_mutex_lock(&jobs->lock);
  int64_t first = jobs->next > KEPT_JOBS ? jobs->next - KEPT_JOBS : 0;
  sl_buffer_char(out, '[');
  for (int64_t id = jobs->next - 1; id >= first; id--) {
    sl_buffer_text(out, id == jobs->next - 1 ? "" : ",\n ");
    put_job(jobs->all[id % KEPT_JOBS], out);
  }
  sl_buffer_char(out, ']');
  pthread_mutex_unlock(&jobs->lock);
}

void web_jobs_log(struct web_jobs *jobs, struct sl_buffer *out) {
  pthread_mutex_lock(&jobs->lock);
  int64_t first = jobs->next_line > KEPT_LINES ? jobs->next_line - KEPT_LINES : 0;
  sl_buffer_char(out, '[');
  for (int64_t i = first; i < jobs->next_line; i++) {
    const struct web_line *line = &jobs->lines[i % KEPT_LINES];
    char time[40];
    sl_timestamp_print(time, line->time, true);
    sl_buffer_text(out, i == first ? "{" : ",\n {");
    sl_json_member_count(out, true, "job", line->job);
    sl_json_member_text(out, false, "time", time);
    sl_json_member_text(out, false, "text", line->text == NULL ? "" : line->text);
    sl_buffer_char(out, '}');
  }
  sl_buffer_char(out, ']');
  pthread_mutex_unlock(&jobs->lock);
}
