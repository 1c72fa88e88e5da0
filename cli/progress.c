/* progress.c - see progress.h. */
#include "progress.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "schema/json_text.h"

void sl_cli_progress_init(struct sl_cli_progress *p, const struct sl_cli_common *common) {
  const char *how = common->progress == NULL ? "auto" : common->progress;
  *p = (struct sl_cli_progress){ .terminal = isatty(STDERR_FILENO) == 1,
                                 .json = strcmp(how, "json") == 0,
                                 .silent = common->quiet || strcmp(how, "none") == 0 };
}

/* "1:07" or "2:03:04" */
static void format_seconds(char out[32], double seconds) {
  long s = seconds < 0 ? 0 : seconds > 359999 ? 359999 : (long)(seconds + 0.5);
  if (s >= 3600) {
    snprintf(out, 32, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
  } else {
    snprintf(out, 32, "%ld:%02ld", s / 60, s % 60);
  }
}

/* Seconds until the end, by bytes or by a database's rows; -1 = not known. */
static double seconds_left(const struct sl_progress *p) {
  int64_t total = p->total_bytes > 0 ? p->total_bytes : p->total_documents;
  int64_t done = p->total_bytes > 0 ? p->bytes : p->documents;
  return done > 0 && done < total ? p->seconds * (double)(total - done) / (double)done : -1;
}

/* ", 1:07 left" */
static void format_eta(char out[48], const struct sl_progress *p) {
  char left[32];
  double seconds = seconds_left(p);
  if (seconds >= 0) {
    format_seconds(left, seconds);
    snprintf(out, 48, ", %s left", left);
  }
}

static void format_line(char *out, size_t size, const struct sl_progress *p) {
  char rows[32];
  char bytes[32];
  char total[32] = "";
  char of_rows[48] = "";
  char rate[32];
  char eta[48] = "";
  double seconds = p->seconds > 0 ? p->seconds : 1e-9;
  sl_format_count(rows, p->rows);
  sl_format_bytes(bytes, p->bytes);
  sl_format_bytes(rate, (int64_t)((double)p->bytes / seconds));
  if (p->total_bytes > 0) {
    char all[32];
    sl_format_bytes(all, p->total_bytes);
    snprintf(total, sizeof total, " of %.20s", all);
    format_eta(eta, p);
  } else if (p->total_documents > 0) { /* a database knows its rows, not its bytes */
    char all[32];
    sl_format_count(all, p->total_documents);
    snprintf(of_rows, sizeof of_rows, " of about %.30s", all);
    format_eta(eta, p);
  }
  snprintf(out, size, "%s %s: %s%s rows, %s%s, %s/s%s%s%s", p->phase, p->table, rows, of_rows,
           bytes, total, rate, eta, p->bottleneck == NULL ? "" : ", waits for ",
           p->bottleneck == NULL ? "" : p->bottleneck);
}

/* {"progress": {…}}: what is not known is null. */
static void print_json(const struct sl_cli_progress *how, const struct sl_progress *p) {
  const struct {
    const char *name;
    int64_t value;
  } counts[] = { { "rows", p->rows },
                 { "documents", p->documents },
                 { "total_documents", p->total_documents },
                 { "bytes", p->bytes },
                 { "total_bytes", p->total_bytes },
                 { "rejected", p->rejected } };
  struct sl_buffer line = { 0 };
  double left = seconds_left(p);
  sl_buffer_text(&line, "{\"progress\": {");
  sl_json_member_text(&line, true, "source", how->source);
  sl_json_member_text(&line, false, "phase", p->phase);
  sl_json_member_text(&line, false, "table", p->table);
  for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
    sl_json_member_count(&line, false, counts[i].name, counts[i].value);
  }
  sl_json_member_real(&line, false, "seconds", p->seconds);
  sl_json_member_real(&line, false, "seconds_left", left >= 0 ? left : NAN);
  sl_json_member_text(&line, false, "bottleneck", p->bottleneck);
  sl_buffer_text(&line, "}}\n");
  if (!line.failed) { /* one write, so that lines of several loads do not mix */
    fwrite(line.data, 1, line.length, stderr);
    fflush(stderr);
  }
  sl_buffer_release(&line);
}

void sl_cli_progress_show(const struct sl_progress *progress, void *arg) {
  struct sl_cli_progress *p = arg;
  if (p->json && !p->silent) {
    print_json(p, progress);
    return;
  }
  if (p->silent || progress->seconds < 1.0) {
    return;
  }
  char line[256];
  format_line(line, sizeof line, progress);
  if (p->terminal) {
    fprintf(stderr, "\r\x1b[K%s", line);
    p->drawn = true;
  } else if (progress->seconds - p->last_line >= 5.0) {
    p->last_line = progress->seconds;
    fprintf(stderr, "%s\n", line);
  }
  fflush(stderr);
}

void sl_cli_progress_clear(struct sl_cli_progress *p) {
  if (p->drawn) {
    fprintf(stderr, "\r\x1b[K");
    fflush(stderr);
    p->drawn = false;
  }
}
