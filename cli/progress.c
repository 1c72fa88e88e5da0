/* progress.c - see progress.h. */
#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/text.h"

void sl_cli_progress_init(struct sl_cli_progress *p, bool quiet) {
  *p = (struct sl_cli_progress){ .terminal = isatty(STDERR_FILENO) == 1, .silent = quiet };
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

/* ", 1:07 left" after `seconds` for `done` of `total`. */
static void format_eta(char out[48], double seconds, int64_t done, int64_t total) {
  char left[32];
  if (done > 0 && done < total) {
    format_seconds(left, seconds * (double)(total - done) / (double)done);
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
    format_eta(eta, seconds, p->bytes, p->total_bytes);
  } else if (p->total_documents > 0) { /* a database knows its rows, not its bytes */
    char all[32];
    sl_format_count(all, p->total_documents);
    snprintf(of_rows, sizeof of_rows, " of about %.30s", all);
    format_eta(eta, seconds, p->documents, p->total_documents);
  }
  snprintf(out, size, "%s %s: %s%s rows, %s%s, %s/s%s", p->phase, p->table, rows, of_rows, bytes,
           total, rate, eta);
}

void sl_cli_progress_show(const struct sl_progress *progress, void *arg) {
  struct sl_cli_progress *p = arg;
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
