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

static void format_line(char *out, size_t size, const struct sl_progress *p) {
  char rows[32];
  char bytes[32];
  char total[32] = "";
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
    if (p->bytes > 0 && p->bytes < p->total_bytes) {
      char left[32];
      format_seconds(left, seconds * (double)(p->total_bytes - p->bytes) / (double)p->bytes);
      snprintf(eta, sizeof eta, ", %s left", left);
    }
  }
  snprintf(out, size, "%s %s: %s rows, %s%s, %s/s%s", p->phase, p->table, rows, bytes, total, rate,
           eta);
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
