/* load.c - see load.h: questions of the engine, answers of the Python program, the outcome. */
#include "load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "source.h"

enum { SIGNAL_CHECK_NANOS = 50000000 }; /* how long Ctrl-C may wait */

/* ---- the thread of the load ---- */

static void *load_main(void *arg) {
  struct py_load *load = arg;
  load->status = sl_load_from(&load->settings, &load->door.base, &load->summary, &load->error);
  door_end(&load->door);
  return NULL;
}

/* Waits with the lock held until something changes or signals are to be looked at. */
static void wait_a_while(struct door *door) {
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_nsec += SIGNAL_CHECK_NANOS;
  if (until.tv_nsec >= 1000000000) {
    until.tv_nsec -= 1000000000;
    until.tv_sec++;
  }
  pthread_cond_timedwait(&door->changed, &door->lock, &until);
}

static void join(struct py_load *load) {
  if (load->running) {
    Py_BEGIN_ALLOW_THREADS door_stop(&load->door);
    pthread_join(load->thread, NULL);
    Py_END_ALLOW_THREADS load->running = false;
  }
}

/* ---- making one ---- */

/* The UTF-8 of a text, kept as long as the load. */
static const char *keep_text(struct py_load *load, PyObject *text) {
  PyObject *bytes = PyUnicode_AsUTF8String(text);
  const char *data =
      bytes == NULL || PyList_Append(load->texts, bytes) != 0 ? NULL : PyBytes_AsString(bytes);
  Py_XDECREF(bytes); /* the list holds it */
  return data;
}

static int set_options(struct py_load *load, PyObject *options) {
  Py_ssize_t at = 0;
  PyObject *key;
  PyObject *value;
  struct sl_error err = { 0 };
  while (PyDict_Next(options, &at, &key, &value)) {
    const char *name = keep_text(load, key);
    const char *text = name == NULL ? NULL : keep_text(load, value);
    if (text == NULL) {
      return -1;
    }
    if (sl_options_set(sl_load_options, &load->settings, name, text, &err) != SL_OK) {
      py_raise(&err);
      return -1;
    }
  }
  return 0;
}

static int set_destination_options(struct py_load *load, PyObject *options) {
  Py_ssize_t at = 0;
  PyObject *key;
  PyObject *value;
  size_t room = sizeof load->settings.destination_options / sizeof(struct sl_setting);
  while (PyDict_Next(options, &at, &key, &value)) {
    const char *name = keep_text(load, key);
    const char *text = name == NULL ? NULL : keep_text(load, value);
    if (text == NULL || load->settings.n_destination_options == room) {
      if (!PyErr_Occurred()) {
        PyErr_SetString(PyExc_ValueError, "too many options of the destination");
      }
      return -1;
    }
    load->settings.destination_options[load->settings.n_destination_options++] =
        (struct sl_setting){ .name = name, .text = text };
  }
  return 0;
}

/* Load(destination, options, destination_options, classify, convert) */
static int load_init(PyObject *self, PyObject *args, PyObject *kwargs) {
  struct py_load *load = (struct py_load *)self;
  PyObject *destination;
  PyObject *options;
  PyObject *more;
  PyObject *classify;
  PyObject *convert;
  if (kwargs != NULL || load->texts != NULL) {
    PyErr_SetString(PyExc_TypeError, "Load is made once, from positional arguments");
    return -1;
  }
  if (!PyArg_ParseTuple(args, "UO!O!OO", &destination, &PyDict_Type, &options, &PyDict_Type, &more,
                        &classify, &convert)) {
    return -1;
  }
  load->texts = PyList_New(0);
  load->kinds = (struct py_kinds){ PyDict_New(), Py_NewRef(classify), Py_NewRef(convert) };
  if (load->texts == NULL || load->kinds.of_type == NULL) {
    return -1;
  }
  sl_load_settings_init(&load->settings);
  load->settings.source = "python";
  load->settings.destination = keep_text(load, destination);
  if (load->settings.destination == NULL || set_options(load, options) != 0 ||
      set_destination_options(load, more) != 0) {
    return -1;
  }
  door_init(&load->door, load->settings.memory / 16);
  load->door_ready = true;
  load->settings.progress = door_note_progress;
  load->settings.progress_arg = &load->door;
  int problem = pthread_create(&load->thread, NULL, load_main, load);
  if (problem != 0) {
    errno = problem;
    PyErr_SetFromErrno(PyExc_OSError);
    return -1;
  }
  load->running = true;
  return 0;
}

static void load_dealloc(PyObject *self) {
  struct py_load *load = (struct py_load *)self;
  PyTypeObject *type = Py_TYPE(self);
  freefunc release = (freefunc)(uintptr_t)PyType_GetSlot(type, Py_tp_free);
  join(load);
  sl_summary_release(&load->summary);
  if (load->door_ready) {
    door_release(&load->door);
  }
  py_text_release(&load->encoded);
  Py_XDECREF(load->texts);
  Py_XDECREF(load->kinds.of_type);
  Py_XDECREF(load->kinds.classify);
  Py_XDECREF(load->kinds.convert);
  release(self);
  Py_DECREF(type);
}

/* ---- questions and answers ---- */

static PyObject *question_of(struct door *door) {
  static const char *const names[] = { "none",  "restore", "tables",   "hints",
                                       "start", "state",   "remember", "ended" };
  return Py_BuildValue("(sLz)", names[door->question], (long long)door->table, door->text);
}

static PyObject *load_next(PyObject *self, PyObject *unused) {
  struct py_load *load = (struct py_load *)self;
  struct door *door = &load->door;
  (void)unused;
  for (;;) {
    bool asked;
    Py_BEGIN_ALLOW_THREADS pthread_mutex_lock(&door->lock);
    if (door->question == DOOR_NONE) {
      wait_a_while(door);
    }
    asked = door->question != DOOR_NONE;
    pthread_mutex_unlock(&door->lock);
    Py_END_ALLOW_THREADS if (PyErr_CheckSignals() != 0) {
      return NULL;
    }
    if (asked) {
      pthread_mutex_lock(&door->lock);
      PyObject *question = question_of(door);
      pthread_mutex_unlock(&door->lock);
      return question;
    }
  }
}

static char *copy_text(PyObject *text) { /* NULL with an exception */
  Py_ssize_t length;
  const char *data = PyUnicode_AsUTF8AndSize(text, &length);
  char *copy = data == NULL ? NULL : strdup(data);
  if (data != NULL && copy == NULL) {
    PyErr_NoMemory();
  }
  return copy;
}

/* The table is read by a source of the engine, which is held as long as the load. */
static int take_native(struct py_load *load, struct door_table *t, PyObject *native,
                       PyObject *table) {
  if (!py_is_source(native)) {
    PyErr_SetString(PyExc_TypeError, "a native table is one of a Source");
    return -1;
  }
  if (PyList_Append(load->texts, native) != 0) {
    return -1;
  }
  t->native = &((struct py_source *)native)->native;
  t->native_table = copy_text(table);
  return t->native_table == NULL ? -1 : 0;
}

static int take_tables(struct py_load *load, PyObject *list) {
  struct door *door = &load->door;
  door_forget_tables(door);
  Py_ssize_t n = PyList_Size(list);
  door->tables = calloc((size_t)n + 1, sizeof *door->tables);
  if (n < 0 || door->tables == NULL) {
    return -1;
  }
  for (Py_ssize_t i = 0; i < n; i++) {
    PyObject *pair = PyList_GetItem(list, i);
    PyObject *name;
    PyObject *target;
    PyObject *native;
    PyObject *native_table;
    int empty_too;
    if (pair == NULL ||
        !PyArg_ParseTuple(pair, "UUpOO", &name, &target, &empty_too, &native, &native_table)) {
      return -1;
    }
    struct door_table *t = &door->tables[door->n_tables++];
    t->name = copy_text(name);
    t->target = copy_text(target);
    t->empty_too = empty_too != 0;
    if (t->name == NULL || t->target == NULL ||
        (native != Py_None && take_native(load, t, native, native_table) != 0)) {
      return -1;
    }
  }
  return 0;
}

static int take_hints(struct door *door, PyObject *dict) {
  Py_ssize_t at = 0;
  PyObject *key;
  PyObject *value;
  door_forget_hints(door);
  door->hints = calloc((size_t)PyDict_Size(dict) + 1, sizeof *door->hints);
  if (door->hints == NULL) {
    PyErr_NoMemory();
    return -1;
  }
  while (PyDict_Next(dict, &at, &key, &value)) {
    struct door_hint *h = &door->hints[door->n_hints++];
    h->name = copy_text(key);
    h->text = h->name == NULL ? NULL : copy_text(value);
    if (h->text == NULL) {
      return -1;
    }
  }
  return 0;
}

/* What fits the question; with the lock held. */
static int take_answer(struct py_load *load, PyObject *answer) {
  struct door *door = &load->door;
  free(door->text);
  door->text = NULL;
  switch (door->question) {
    case DOOR_RESTORE:
    case DOOR_TABLES: return take_tables(load, answer);
    case DOOR_HINTS: return take_hints(door, answer);
    case DOOR_START: door->table_ended = false; load->rows = 0; /* fallthrough */
    case DOOR_STATE:
    case DOOR_REMEMBER:
      return answer == Py_None || (door->text = copy_text(answer)) != NULL ? 0 : -1;
    default: PyErr_SetString(PyExc_RuntimeError, "nothing was asked"); return -1;
  }
}

static PyObject *load_answer(PyObject *self, PyObject *answer) {
  struct py_load *load = (struct py_load *)self;
  struct door *door = &load->door;
  pthread_mutex_lock(&door->lock);
  int rc = take_answer(load, answer);
  if (rc == 0) {
    door->question = DOOR_NONE;
    door->answered = true;
    pthread_cond_broadcast(&door->changed);
  }
  pthread_mutex_unlock(&door->lock);
  if (rc != 0) {
    return PyErr_Occurred() ? NULL : PyErr_NoMemory();
  }
  Py_RETURN_NONE;
}

static PyObject *load_end_table(PyObject *self, PyObject *unused) {
  struct py_load *load = (struct py_load *)self;
  struct door *door = &load->door;
  (void)unused;
  if (py_load_flush(load) < 0) {
    return NULL;
  }
  pthread_mutex_lock(&door->lock);
  door->table_ended = true;
  pthread_cond_broadcast(&door->changed);
  pthread_mutex_unlock(&door->lock);
  Py_RETURN_NONE;
}

/* ---- blocks ---- */

int py_load_push(struct py_load *load, struct sl_block *block, int64_t bytes) {
  struct door *door = &load->door;
  struct door_block *item = malloc(sizeof *item);
  if (item == NULL) {
    block->release(block);
    PyErr_NoMemory();
    return -1;
  }
  *item = (struct door_block){ .block = *block, .bytes = bytes };
  int taken = -2;
  while (taken == -2) {
    Py_BEGIN_ALLOW_THREADS pthread_mutex_lock(&door->lock);
    if (!door->stopped && door->first != NULL && door->bytes + bytes > door->limit) {
      wait_a_while(door);
    }
    if (door->stopped) {
      taken = 0;
    } else if (door->first == NULL || door->bytes + bytes <= door->limit) {
      *(door->first == NULL ? &door->first : &door->last->next) = item;
      door->last = item;
      door->bytes += bytes;
      pthread_cond_broadcast(&door->changed);
      taken = 1;
    }
    pthread_mutex_unlock(&door->lock);
    Py_END_ALLOW_THREADS if (taken == -2 && PyErr_CheckSignals() != 0) {
      taken = -1;
    }
  }
  if (taken != 1) {
    item->block.release(&item->block);
    free(item);
  }
  return taken;
}

/* ---- the outcome ---- */

static PyObject *load_fail(PyObject *self, PyObject *why) {
  struct py_load *load = (struct py_load *)self;
  const char *text = PyUnicode_AsUTF8AndSize(why, NULL);
  if (text == NULL) {
    return NULL;
  }
  door_fail(&load->door, text);
  join(load);
  Py_RETURN_NONE;
}

static PyObject *table_summary(const struct sl_table_summary *t) {
  return Py_BuildValue("{s:s,s:O,s:L,s:L,s:L,s:L,s:L,s:O}", "name", t->name, "child",
                       t->child ? Py_True : Py_False, "rows", (long long)t->rows, "inserted",
                       (long long)t->inserted, "updated", (long long)t->updated, "deleted",
                       (long long)t->deleted, "new_columns", (long long)t->new_columns, "created",
                       t->created ? Py_True : Py_False);
}

static PyObject *summary_of(const struct sl_summary *s) {
  PyObject *tables = PyList_New(0);
  for (size_t i = 0; tables != NULL && i < s->n_tables; i++) {
    PyObject *table = table_summary(&s->tables[i]);
    if (table == NULL || PyList_Append(tables, table) != 0) {
      Py_CLEAR(tables);
    }
    Py_XDECREF(table);
  }
  return tables == NULL
             ? NULL
             : Py_BuildValue("{s:s,s:s,s:s,s:s,s:z,s:N,s:L,s:L,s:L,s:L,s:L,s:L,s:z,s:z,s:d}",
                             "pipeline", s->pipeline, "dataset", s->dataset, "load_id", s->load_id,
                             "destination", s->destination, "certificate", s->certificate, "tables",
                             tables, "bytes", (long long)s->bytes, "documents",
                             (long long)s->documents, "rows", (long long)s->rows, "rejected",
                             (long long)s->rejected, "discarded_rows", (long long)s->discarded_rows,
                             "discarded_values", (long long)s->discarded_values, "warnings",
                             s->warnings, "null_columns", s->null_columns, "seconds", s->seconds);
}

static PyObject *load_result(PyObject *self, PyObject *unused) {
  struct py_load *load = (struct py_load *)self;
  (void)unused;
  join(load);
  return load->status == SL_OK ? summary_of(&load->summary) : py_raise(&load->error);
}

static PyObject *load_progress(PyObject *self, PyObject *unused) {
  struct py_load *load = (struct py_load *)self;
  (void)unused;
  pthread_mutex_lock(&load->door.lock);
  struct sl_progress p = load->door.progress;
  PyObject *out =
      Py_BuildValue("{s:z,s:s,s:L,s:L,s:L,s:d}", "phase", p.phase, "table",
                    load->door.progress_table, "bytes", (long long)p.bytes, "documents",
                    (long long)p.documents, "rows", (long long)p.rows, "seconds", p.seconds);
  pthread_mutex_unlock(&load->door.lock);
  return out;
}

static PyMethodDef methods[] = {
  { "next", load_next, METH_NOARGS, "Waits for the engine's next question: (name, table, text)." },
  { "answer", load_answer, METH_O, "Answers it." },
  { "push_rows", py_load_push_rows, METH_O, "Adds a page: a list of rows, or one row." },
  { "drain", py_load_drain, METH_O,
    "Adds pages of an iterator until one is not made of dicts: returns ('more', it), ('end', "
    "None), or "
    "('stopped', None) when the load wants no more." },
  { "push_text", py_load_push_text, METH_O, "Adds rows that `encode` has made." },
  { "push_arrow", py_load_push_arrow, METH_O, "Adds what has the Arrow PyCapsule interface." },
  { "end_table", load_end_table, METH_NOARGS, "No more rows of this table." },
  { "fail", load_fail, METH_O, "Gives up: the engine rolls back. Waits for that." },
  { "result", load_result, METH_NOARGS, "Waits for the end: the summary, or EngineError." },
  { "progress", load_progress, METH_NOARGS, "How far the load is." },
  { NULL, NULL, 0, NULL },
};

static char documentation[] = "One load whose rows come from this program.";
/* Slots are void *, whatever they point at. */
#define SLOT(function) ((void *)(uintptr_t)(function))
static PyType_Slot slots[] = {
  { Py_tp_init, SLOT(load_init) },
  { Py_tp_dealloc, SLOT(load_dealloc) },
  { Py_tp_methods, methods },
  { Py_tp_doc, documentation },
  { 0, NULL },
};

PyType_Spec py_load_spec = { .name = "_sluice.Load",
                             .basicsize = sizeof(struct py_load),
                             .flags = Py_TPFLAGS_DEFAULT,
                             .slots = slots };
