/* test_destination_stops.c - transactions that are real, errors that are sorted, databases that are
 * only read, statements that are interrupted. */
#include <pthread.h>
#include <time.h>

#include "base/time.h"
#include "contract/destinations.h"

static void check_message(const char *label, const struct sl_error *err) {
  CHECK_CASE(label, strlen(err->message) > 10);
  CHECK_CASE(label, strstr(err->message, CONTRACT_SECRET) == NULL);
  CHECK_CASE(label, strstr(err->message, "(null)") == NULL);
  CHECK_CASE(label, err->code != SL_OK && err->code != SL_EINTERNAL);
}

/* A statement over a table: "<head> <table> <tail>". */
static sl_status run(struct opened_destination *o, const char *head,
                     const struct sl_table_name *name, const char *tail, int64_t *affected,
                     struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  sl_buffer_printf(&sql, "%s ", head);
  sl_sql_table(&o->sql, name, &sql);
  sl_buffer_printf(&sql, " %s", tail);
  sl_status rc = o->ops->execute(o->d, sql.data, affected, err);
  sl_buffer_release(&sql);
  return rc;
}

/* A committed table `few` with ten rows, and a new transaction. False: told. */
static bool begin_with_ten(struct opened_destination *o, const struct destination_place *p,
                           const char **folder, struct written *w) {
  struct sl_error err = { 0 };
  struct sl_table_name name = writing_name(few);
  *w = (struct written){ 0 };
  if (!open_new(o, p, folder)) return false;
  bool good = CHECK_OK(o->ops->begin(o->d, &err), &err) &&
              CHECK_OK(destination_create(o, &name, few, &err), &err) &&
              write_rows(o, w, few, 0, 10) && CHECK_OK(o->ops->commit(o->d, &err), &err) &&
              CHECK_OK(o->ops->begin(o->d, &err), &err);
  if (!good) {
    destination_close(o);
    written_release(w);
  }
  return good;
}

static void end(struct opened_destination *o, struct written *a, struct written *b) {
  destination_close(o);
  written_release(a);
  if (b != NULL) written_release(b);
}

TEST(rollback_takes_rows_and_tables_back) {
  EACH_PLACE(p) {
    struct opened_destination o;
    const char *folder;
    struct sl_error err = { 0 };
    struct written w, more, other;
    struct sl_table_name other_name = writing_name(every_type);
    struct sl_table_name name = writing_name(few);
    if (!begin_with_ten(&o, p, &folder, &w)) continue;
    const struct sl_capabilities *caps = o.sql.capabilities;
    if (!caps->supports_ddl_transactions) { /* it would end the transaction */
      CHECK_OK(destination_create(&o, &other_name, every_type, &err), &err);
    }
    CHECK_CASE(p->label, write_rows(&o, &more, few, 10, 5));
    if (caps->supports_ddl_transactions) {
      CHECK_OK(destination_create(&o, &other_name, every_type, &err), &err);
    }
    CHECK_CASE(p->label, write_rows(&o, &other, every_type, 0, 5));
    o.ops->rollback(o.d);
    o.ops->rollback(o.d); /* without a transaction it does nothing */
    if (caps->supports_transactions) {
      CHECK_INT(p->label, destination_count(&o, &name, &err), 10);
    }
    if (caps->supports_ddl_transactions) {
      struct ArrowSchema stored = { 0 };
      CHECK_OK(o.ops->describe(o.d, &other_name, &stored, &err), &err);
      CHECK_CASE(p->label, stored.release == NULL);
    }
    CHECK_OK(o.ops->begin(o.d, &err), &err); /* and the next one can begin */
    CHECK_OK(o.ops->commit(o.d, &err), &err);
    written_release(&other);
    end(&o, &w, &more);
  }
}

TEST(close_in_a_transaction_rolls_back) {
  EACH_PLACE(p) {
    struct opened_destination o;
    const char *folder;
    struct sl_error err = { 0 };
    struct written w, flushed, buffered;
    if (!begin_with_ten(&o, p, &folder, &w)) continue;
    bool promised = o.sql.capabilities->supports_transactions;
    CHECK_CASE(p->label, write_rows(&o, &flushed, few, 10, 5));
    written_make(&buffered, &o, few, 15, 5);
    CHECK_OK(written_append(&o, &buffered, 0, 5, 0, false, &err), &err);
    destination_close(&o);
    if (promised) CHECK_INT(p->label, count_anew(p, folder, few), 10);
    written_release(&buffered);
    end(&o, &w, &flushed);
  }
}

/* Somebody else sees what was committed, and nothing of what was not. A database that one process
 * at a time may open says so with SL_EBUSY. */
TEST(others_see_what_was_committed) {
  EACH_PLACE(p) {
    struct opened_destination o, second;
    const char *folder;
    struct sl_error err = { 0 };
    struct written w, more;
    struct sl_table_name name = writing_name(few);
    if (!begin_with_ten(&o, p, &folder, &w)) continue;
    CHECK_CASE(p->label, write_rows(&o, &more, few, 10, 5));
    sl_status rc = destination_open(&second, p, p->location, folder, false, &err);
    CHECK_CASE(p->label, rc == SL_OK || (rc == SL_EBUSY && err.retryable));
    if (rc == SL_OK) {
      if (o.sql.capabilities->supports_transactions) {
        CHECK_INT(p->label, destination_count(&second, &name, &err), 10);
      }
      CHECK_OK(o.ops->commit(o.d, &err), &err);
      CHECK_INT(p->label, destination_count(&second, &name, &err), 15);
      destination_close(&second);
    } else {
      CHECK_OK(o.ops->commit(o.d, &err), &err);
    }
    destination_close(&o);
    CHECK_INT(p->label, count_anew(p, folder, few), 15);
    end(&o, &w, &more);
  }
}

static const struct {
  const char *head, *tail;
  int64_t affected;
} statements[] = {
  { "DELETE FROM", "WHERE id >= 8", 2 },
  { "UPDATE", "SET name = 'new' WHERE id < 5", 5 },
  { "UPDATE", "SET name = 'new' WHERE id > 100", 0 },
  { "INSERT INTO", "VALUES (100, 'a', 1)", 1 },
  { "DELETE FROM", "WHERE 1 = 1", 9 },
};

TEST(affected_rows_are_counted) {
  EACH_PLACE(p) {
    struct opened_destination o;
    const char *folder;
    struct sl_error err = { 0 };
    struct written w;
    struct sl_table_name name = writing_name(few);
    if (!begin_with_ten(&o, p, &folder, &w)) continue;
    for (size_t i = 0; i < COUNT(statements); i++) {
      int64_t affected = -7;
      CHECK_OK(run(&o, statements[i].head, &name, statements[i].tail, &affected, &err), &err);
      CHECK_CASE(statements[i].tail, affected == -1 || affected == statements[i].affected);
      CHECK_OK(run(&o, "DELETE FROM", &name, "WHERE id = -5", NULL, &err), &err);
    }
    end(&o, &w, NULL);
  }
}

/* After a failure the transaction may be dead (PostgreSQL) or alive (DuckDB): rollback and begin
 * work in any case. */
static void start_again(struct opened_destination *o) {
  struct sl_error err = { 0 };
  o->ops->rollback(o->d);
  CHECK_OK(o->ops->begin(o->d, &err), &err);
}

TEST(errors_are_sorted) {
  EACH_PLACE(p) {
    struct opened_destination o;
    const char *folder;
    struct sl_error err = { 0 };
    struct written w, unknown;
    struct answer answer;
    struct sl_table_name name = writing_name(few);
    struct sl_table_name missing = writing_name(every_type);
    if (!begin_with_ten(&o, p, &folder, &w)) continue;
    CHECK_FAILS(run(&o, "DELETE FROM", &missing, "", NULL, &err), SL_ENOTFOUND, &err);
    check_message("unknown table", &err);
    start_again(&o);
    missing.dataset = "no such dataset";
    CHECK_FAILS(run(&o, "SELECT * FROM", &missing, "", NULL, &err), SL_ENOTFOUND, &err);
    check_message("unknown dataset", &err);
    start_again(&o);
    CHECK_FAILS(destination_ask(&o, "SELECT * FROM no_such_table", &answer, &err), SL_ENOTFOUND,
                &err);
    answer_release(&answer);
    start_again(&o);
    CHECK_FAILS(o.ops->execute(o.d, "SELEKT 1", NULL, &err), SL_EDEST, &err);
    check_message("no SQL", &err);
    CHECK_CASE(p->label, !err.retryable);
    start_again(&o);
    CHECK_FAILS(run(&o, "INSERT INTO", &name, "VALUES (NULL, 'a', 1)", NULL, &err), SL_EDATA, &err);
    check_message("NULL in a column that takes none", &err);
    start_again(&o);
    written_make(&unknown, &o, every_type, 0, 10);
    sl_status rc = written_append(&o, &unknown, 0, 10, 0, false, &err);
    if (rc == SL_OK) rc = o.ops->flush(o.d, &err);
    CHECK_FAILS(rc, SL_ENOTFOUND, &err);
    check_message("append to an unknown table", &err);
    start_again(&o);
    CHECK_INT(p->label, destination_count(&o, &name, &err), 10);
    end(&o, &w, &unknown);
  }
}

/* Appends three rows of `table`, which is not as the stored one; they must be refused. */
static void check_refused(struct opened_destination *o, const struct sl_table *table,
                          const char *label) {
  struct sl_error err = { 0 };
  struct written odd;
  struct sl_table_name name = writing_name(few);
  written_make(&odd, o, table, 50, 3);
  sl_status rc = written_append(o, &odd, 0, 3, 0, false, &err);
  if (rc == SL_OK) rc = o->ops->flush(o->d, &err);
  CHECK_CASE(label, rc == SL_EDEST || rc == SL_EDATA || rc == SL_ENOTFOUND);
  check_message(label, &err);
  start_again(o);
  CHECK_INT(label, destination_count(o, &name, &err), 10);
  written_release(&odd);
}

/* Rows for a column that the table lacks, or whose type it has not, are refused, not lost. */
TEST(rows_that_do_not_fit_are_refused) {
  static char unknown[] = "no such column";
  EACH_PLACE(p) {
    struct opened_destination o;
    const char *folder;
    struct written w;
    struct sl_column odd = *few->columns[1]; /* a text */
    struct sl_column *columns[] = { few->columns[0], &odd };
    struct sl_table changed = *few;
    changed.columns = columns;
    changed.n_columns = COUNT(columns);
    if (!begin_with_ten(&o, p, &folder, &w)) continue;
    odd.name = unknown;
    check_refused(&o, &changed, "a column that is not there");
    odd.name = few->columns[2]->name;
    check_refused(&o, &changed, "texts for a decimal");
    end(&o, &w, NULL);
  }
}

TEST(temporary_tables_end_with_the_session) {
  EACH_PLACE(p) {
    struct opened_destination o;
    const char *folder;
    struct sl_error err = { 0 };
    struct ArrowSchema stored = { 0 };
    struct sl_table_name name = { .table = "few", .temporary = true };
    if (!open_new(&o, p, &folder)) continue;
    for (int session = 0; session < 2; session++) {
      CHECK_OK(o.ops->begin(o.d, &err), &err);
      CHECK_OK(o.ops->describe(o.d, &name, &stored, &err), &err);
      CHECK_CASE(p->label, stored.release == NULL);
      CHECK_OK(destination_create(&o, &name, few, &err), &err);
      CHECK_OK(o.ops->describe(o.d, &name, &stored, &err), &err);
      if (CHECK_CASE(p->label, stored.release != NULL)) stored.release(&stored);
      CHECK_OK(o.ops->commit(o.d, &err), &err);
      destination_close(&o);
      if (session == 0 &&
          !CHECK_OK(destination_open(&o, p, p->location, folder, false, &err), &err)) {
        break;
      }
    }
  }
}

TEST(read_only_writes_nothing) {
  EACH_PLACE(p) {
    struct opened_destination o;
    const char *folder;
    struct sl_error err = { 0 };
    struct written w, more;
    struct sl_table_name name = writing_name(few);
    struct sl_table_name other = writing_name(every_type);
    if (!begin_with_ten(&o, p, &folder, &w)) continue;
    destination_close(&o);
    if (!CHECK_OK(destination_open(&o, p, p->location, folder, true, &err), &err)) continue;
    CHECK_OK(o.ops->begin(o.d, &err), &err);
    CHECK_INT(p->label, destination_count(&o, &name, &err), 10);
    CHECK_CASE(p->label, run(&o, "DELETE FROM", &name, "", NULL, &err) != SL_OK);
    check_message("delete", &err);
    start_again(&o);
    CHECK_CASE(p->label, destination_create(&o, &other, every_type, &err) != SL_OK);
    check_message("create", &err);
    start_again(&o);
    written_make(&more, &o, few, 10, 5);
    sl_status rc = written_append(&o, &more, 0, 5, 0, false, &err);
    if (rc == SL_OK) rc = o.ops->commit(o.d, &err);
    CHECK_CASE(p->label, rc != SL_OK);
    check_message("append", &err);
    o.ops->rollback(o.d);
    destination_close(&o);
    CHECK_INT(p->label, count_anew(p, folder, few), 10);
    end(&o, &w, &more);
  }
}

static void check_open_fails(const struct destination_place *p, const char *location,
                             bool read_only, sl_status want) {
  struct opened_destination o;
  struct sl_error err = { 0 };
  if (location == NULL) return;
  sl_status rc = destination_open(&o, p, location, place_new_folder(), read_only, &err);
  CHECK_CASE(location, rc != SL_OK && (want == SL_OK || rc == want));
  check_message(location, &err);
  destination_close(&o);
}

TEST(what_cannot_be_opened_is_said) {
  EACH_PLACE(p) {
    check_open_fails(p, p->refused, false, SL_EUSAGE);
    check_open_fails(p, p->missing, true, SL_ENOTFOUND);
    check_open_fails(p, p->broken, false, SL_OK);
    check_open_fails(p, p->secret, false, SL_OK);
  }
}

struct asking {
  struct opened_destination *o;
  sl_status status;
  struct sl_error err;
};

static void *ask_slowly(void *arg) {
  struct asking *a = arg;
  struct answer answer;
  a->status = destination_ask(a->o, a->o->place->slow_query, &answer, &a->err);
  answer_release(&answer);
  return NULL;
}

static void *execute_slowly(void *arg) {
  struct asking *a = arg;
  struct sl_table_name name = writing_name(few);
  struct sl_buffer columns = { 0 };
  sl_buffer_printf(&columns, "(id) %s", a->o->place->slow_query);
  a->status = run(a->o, "INSERT INTO", &name, columns.data, NULL, &a->err);
  sl_buffer_release(&columns);
  return NULL;
}

TEST(cancel_interrupts_a_statement) {
  static void *(*const ways[])(void *) = { ask_slowly, execute_slowly };
  static const struct timespec soon = { 0, 300000000 };
  EACH_PLACE(p) {
    struct opened_destination o;
    const char *folder;
    struct sl_error err = { 0 };
    struct written w;
    struct sl_table_name name = writing_name(few);
    if (p->slow_query == NULL || !begin_with_ten(&o, p, &folder, &w)) continue;
    for (size_t i = 0; i < COUNT(ways); i++) {
      struct asking asking = { .o = &o };
      pthread_t thread;
      if (!CHECK(pthread_create(&thread, NULL, ways[i], &asking) == 0)) continue;
      nanosleep(&soon, NULL);
      int64_t from = sl_monotonic_nanos();
      o.ops->cancel(o.d);
      pthread_join(thread, NULL);
      CHECK_FAILS(asking.status, SL_ECANCELLED, &asking.err);
      CHECK_CASE(p->label, sl_monotonic_nanos() - from < INT64_C(5000000000));
      start_again(&o);
      CHECK_INT(p->label, destination_count(&o, &name, &err), 10);
    }
    o.ops->cancel(o.d); /* nothing runs: nothing happens */
    CHECK_INT(p->label, destination_count(&o, &name, &err), 10);
    end(&o, &w, NULL);
  }
}

TEST(transactions_out_of_turn_are_errors) {
  EACH_PLACE(p) {
    struct opened_destination o;
    const char *folder;
    struct sl_error err = { 0 };
    if (!open_new(&o, p, &folder)) continue;
    if (o.sql.capabilities->supports_transactions) {
      CHECK_CASE(p->label, o.ops->commit(o.d, &err) != SL_OK);
      check_message("commit without begin", &err);
      CHECK_OK(o.ops->begin(o.d, &err), &err);
      CHECK_CASE(p->label, o.ops->begin(o.d, &err) != SL_OK);
      check_message("begin twice", &err);
      o.ops->rollback(o.d);
      CHECK_OK(o.ops->begin(o.d, &err), &err);
      CHECK_OK(o.ops->commit(o.d, &err), &err);
    }
    destination_close(&o);
  }
}
