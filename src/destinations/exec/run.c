/* run.c - one run of the program: batches into its input, its answers and complaints out of it. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/redact.h"
#include "column/ipc.h"
#include "column/json_text.h"
#include "exec_internal.h"

enum { LONGEST_LINE = 4096, MOST_WARNINGS = 100, TICK_MS = 100, TRY_LATER = 75 /* EX_TEMPFAIL */ };

struct run {
  struct exec_sink *sink;
  struct sl_outbox_load *load;
  const struct exec_span *span;
  struct exec_program program;
  struct sl_buffer bytes; /* on their way into the program */
  size_t written;
  int64_t next;                       /* the batch to be encoded next, from 0 on in the span */
  int64_t accepted;                   /* so many are noted */
  size_t open_table;                  /* whose Arrow stream is open; SIZE_MAX = none */
  bool broken;                        /* the program has closed its input */
  struct sl_buffer answer, complaint; /* lines that have not ended */
  struct sl_buffer last;              /* the last complaint, for the message */
  int complaints;
};

/* ---- what goes in ---- */

/* Table and number in it of a batch of the span. */
static size_t locate(const struct run *r, int64_t at, int64_t *number) {
  size_t table = r->span->first_table;
  while (at >= r->load->tables[table].n_batches) {
    at -= r->load->tables[table++].n_batches;
  }
  *number = at;
  return table;
}

static void put_member(struct sl_buffer *out, const char *name, const char *value) {
  sl_buffer_printf(out, ",\"%s\":", name);
  if (value == NULL) {
    sl_buffer_text(out, "null");
  } else {
    sl_put_json_text(out, value, strlen(value));
  }
}

static void put_batch_line(const struct run *r, const struct sl_outbox_batch *batch,
                           struct sl_buffer *out) {
  sl_buffer_printf(out, "{\"sluice\":{\"batch\":%lld,\"rows\":%lld,\"first_row\":%lld",
                   (long long)r->next + 1, (long long)batch->array.length,
                   (long long)batch->first_row);
  put_member(out, "table", batch->table->name);
  put_member(out, "parent", batch->table->parent);
  put_member(out, "write_disposition", batch->table->disposition);
  put_member(out, "primary_key", batch->table->primary_key);
  put_member(out, "load_id", r->load->load_id);
  put_member(out, "key", batch->key);
  sl_buffer_text(out, "}}\n");
}

static sl_status end_input(struct run *r, struct sl_error *err) {
  if (r->open_table != SIZE_MAX) {
    sl_ipc_end(&r->bytes);
    r->open_table = SIZE_MAX;
  } else if (r->sink->batch_lines) {
    sl_buffer_text(&r->bytes, "{\"sluice\":{\"end\":true}}\n");
  }
  r->next++; /* beyond the last one: the end is encoded */
  return sl_buffer_check(&r->bytes, err);
}

/* The next batch as bytes, or the end. */
static sl_status encode_next(struct run *r, struct sl_error *err) {
  struct sl_outbox_batch batch = { 0 };
  int64_t number;
  sl_buffer_reset(&r->bytes);
  r->written = 0;
  if (r->next == r->span->batches) {
    return end_input(r, err);
  }
  size_t table = locate(r, r->next, &number);
  sl_status rc = sl_outbox_read(r->load, table, number, &batch, err);
  if (rc == SL_OK && sl_encoding_of(&r->sink->base.settings) == SL_ENCODE_ARROW) {
    if (r->open_table != table) {
      if (r->open_table != SIZE_MAX) {
        sl_ipc_end(&r->bytes);
      }
      r->open_table = table;
      rc = sl_encode_begin(r->load, batch.table, &r->bytes, err);
    }
  } else if (rc == SL_OK && r->sink->batch_lines) {
    put_batch_line(r, &batch, &r->bytes);
  }
  if (rc == SL_OK) {
    rc = sl_encode_rows(&r->sink->base.settings, &batch, &r->bytes, err);
  }
  sl_outbox_batch_release(&batch);
  r->next++;
  return rc;
}

/* Writes what the pipe takes. */
static sl_status feed(struct run *r, struct sl_error *err) {
  sl_status rc = SL_OK;
  while (rc == SL_OK && r->program.input >= 0) {
    if (r->written == r->bytes.length) {
      if (r->next > r->span->batches) {
        close(r->program.input);
        r->program.input = -1;
        break;
      }
      rc = encode_next(r, err);
      continue;
    }
    ssize_t n = write(r->program.input, r->bytes.data + r->written, r->bytes.length - r->written);
    if (n >= 0) {
      r->written += (size_t)n;
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != EINTR) { /* EPIPE: it does not read any more */
      r->broken = true;
      close(r->program.input);
      r->program.input = -1;
    }
  }
  return rc;
}

/* ---- what comes out ---- */

/* Batches up to `count` of the span are accepted; only those that went in whole can be. */
static sl_status accept_up_to(struct run *r, int64_t count, struct sl_error *err) {
  int64_t whole = r->next - (r->written < r->bytes.length || r->next > r->span->batches);
  sl_status rc = SL_OK;
  if (count > whole) {
    return sl_fail(err, SL_EDEST,
                   "%s said 'ok %lld', and only %lld batches were written to it so far",
                   r->sink->base.shown, (long long)count, (long long)whole);
  }
  while (rc == SL_OK && r->accepted < count) {
    int64_t number;
    size_t table = locate(r, r->accepted, &number);
    int64_t last = number + (count - r->accepted) - 1;
    int64_t most = r->load->tables[table].n_batches - 1;
    last = last > most ? most : last;
    rc = sl_outbox_accept(r->load, table, number, last, err);
    r->accepted += rc == SL_OK ? last - number + 1 : 0;
  }
  return rc;
}

/* "ok N"; other lines mean nothing. */
static int64_t answer_of(const char *line) {
  char *end;
  if (strncmp(line, "ok ", 3) != 0 || line[3] < '0' || line[3] > '9') {
    return -1;
  }
  long long n = strtoll(line + 3, &end, 10);
  end += *end == '\r';
  return *end == '\0' ? n : -1;
}

static void complain(struct run *r, const char *line) {
  const struct sl_sink *sink = &r->sink->base;
  struct sl_buffer text = { 0 };
  if (line[0] == '\0') {
    return;
  }
  sl_buffer_reset(&r->last);
  sl_redact(&r->last, line);
  sl_buffer_printf(&text, "%s: %s", r->sink->argv[0], r->last.failed ? "" : r->last.data);
  r->complaints++;
  if (sink->warn != NULL && r->complaints <= MOST_WARNINGS && !text.failed) {
    sink->warn(sink->warn_arg, text.data);
  }
  sl_buffer_release(&text);
}

/* Takes the lines that have ended out of `text`; of several answers the highest counts. */
static sl_status take_lines(struct run *r, struct sl_buffer *text, bool answers, bool at_end,
                            struct sl_error *err) {
  int64_t highest = -1;
  size_t from = 0;
  for (size_t i = 0; i < text->length; i++) {
    bool cut = i + 1 - from >= LONGEST_LINE;
    if (text->data[i] != '\n' && !cut && !(at_end && i + 1 == text->length)) {
      continue;
    }
    struct sl_buffer line = { 0 };
    sl_buffer_append(&line, text->data + from, i + (text->data[i] != '\n') - from);
    if (!line.failed && answers) {
      int64_t answer = cut ? -1 : answer_of(line.data);
      highest = answer > highest ? answer : highest;
    } else if (!line.failed) {
      complain(r, line.data);
    }
    sl_buffer_release(&line);
    from = i + 1;
  }
  if (from > 0) {
    memmove(text->data, text->data + from, text->length - from + 1);
    text->length -= from;
  }
  return highest < 0 ? SL_OK : accept_up_to(r, highest, err);
}

/* Reads what there is. */
static sl_status drain(struct run *r, int *fd, struct sl_buffer *text, bool answers,
                       struct sl_error *err) {
  sl_status rc = SL_OK;
  while (rc == SL_OK && *fd >= 0) {
    char bytes[16384];
    ssize_t n = read(*fd, bytes, sizeof bytes);
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n < 0 && errno == EAGAIN) {
      break;
    }
    if (n <= 0) {
      close(*fd);
      *fd = -1;
      n = 0;
    }
    sl_buffer_append(text, bytes, (size_t)n);
    rc = sl_buffer_check(text, err);
    if (rc == SL_OK && text->length > 0) {
      rc = take_lines(r, text, answers, *fd < 0, err);
    }
  }
  return rc;
}

static sl_status drain_both(struct run *r, struct sl_error *err) {
  sl_status rc = drain(r, &r->program.output, &r->answer, true, err);
  sl_status complaints =
      drain(r, &r->program.errors, &r->complaint, false, rc == SL_OK ? err : NULL);
  return rc == SL_OK ? complaints : rc;
}

/* ---- the run ---- */

static sl_status converse(struct run *r, struct sl_error *err) {
  sl_status rc = SL_OK;
  while (rc == SL_OK && !r->program.ended) {
    struct exec_program *p = &r->program;
    struct pollfd fds[] = { { .fd = p->input, .events = POLLOUT },
                            { .fd = p->output, .events = POLLIN },
                            { .fd = p->errors, .events = POLLIN } };
    bool deaf = p->output < 0 && p->errors < 0 && p->input < 0;
    if (poll(fds, 3, deaf ? 10 : TICK_MS) < 0 && errno != EINTR) {
      return sl_fail_errno(err, errno, "waiting for %s", r->sink->base.shown);
    }
    if (sl_sink_cancelled(&r->sink->base)) {
      return sl_sink_stopped(&r->sink->base, err);
    }
    if (fds[0].revents != 0) {
      rc = feed(r, err);
    }
    if (rc == SL_OK) {
      rc = drain_both(r, err);
    }
    exec_program_reap(p, false);
  }
  return rc == SL_OK ? drain_both(r, err)
                     : rc; /* its last words; a child of it may hold the pipes */
}

static sl_status judge(struct run *r, bool *again, struct sl_error *err) {
  int status = r->program.status;
  bool exited = status >= 0 && WIFEXITED(status);
  bool all = r->next > r->span->batches && r->written == r->bytes.length && !r->broken;
  const char *shown = r->sink->base.shown;
  const char *reason = r->last.length > 0 ? r->last.data : "it said nothing on stderr";
  if (exited && WEXITSTATUS(status) == 0) {
    return all ? accept_up_to(r, r->span->batches, err)
               : sl_fail(err, SL_EDEST,
                         "%s ended with status 0, but had not read all rows: only what it answered "
                         "with 'ok N' counts (%s)",
                         shown, reason);
  }
  if (exited && WEXITSTATUS(status) == TRY_LATER) {
    *again = true;
    return sl_fail(err, SL_EDEST, "%s asked to be called later (status %d): %s", shown, TRY_LATER,
                   reason);
  }
  return exited ? sl_fail(err, SL_EDEST, "%s ended with status %d: %s", shown, WEXITSTATUS(status),
                          reason)
         : status < 0 ? sl_fail(err, SL_EDEST,
                                "how %s ended is not known: this program ignores SIGCHLD", shown)
                      : sl_fail(err, SL_EDEST, "%s was killed by signal %d: %s", shown,
                                WTERMSIG(status), reason);
}

/* A write to a program that has ended must not end us: SIGPIPE is held back on this thread. */
static bool hold_sigpipe(sigset_t *before) {
  sigset_t pipe_only;
  sigset_t pending;
  sigemptyset(&pipe_only);
  sigaddset(&pipe_only, SIGPIPE);
  sigpending(&pending);
  pthread_sigmask(SIG_BLOCK, &pipe_only, before);
  return sigismember(&pending, SIGPIPE) == 1;
}

static void let_sigpipe(const sigset_t *before, bool was_pending) {
  const struct timespec now = { 0, 0 };
  sigset_t pipe_only;
  sigemptyset(&pipe_only);
  sigaddset(&pipe_only, SIGPIPE);
  while (!was_pending && sigtimedwait(&pipe_only, NULL, &now) < 0 && errno == EINTR) {
  }
  pthread_sigmask(SIG_SETMASK, before, NULL);
}

sl_status exec_run(struct exec_sink *sink, struct sl_outbox_load *load,
                   const struct exec_span *span, bool *again, struct sl_error *err) {
  struct run r = { .sink = sink,
                   .load = load,
                   .span = span,
                   .next = span->accepted,
                   .accepted = span->accepted,
                   .open_table = SIZE_MAX };
  sigset_t before;
  *again = false;
  char **environment = exec_environment(sink, load, span);
  if (environment == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for the program's environment");
  }
  sl_status rc = exec_program_start(&r.program, sink->argv, environment, err);
  if (rc == SL_OK) {
    bool was_pending = hold_sigpipe(&before);
    rc = converse(&r, err);
    if (rc != SL_OK) {
      exec_program_kill(&r.program);
    } else {
      rc = judge(&r, again, err);
    }
    let_sigpipe(&before, was_pending);
    exec_program_close(&r.program);
  }
  sl_texts_free(environment);
  sl_buffer_release(&r.bytes);
  sl_buffer_release(&r.answer);
  sl_buffer_release(&r.complaint);
  sl_buffer_release(&r.last);
  return rc;
}
