/* library.h - shared libraries that are opened at first use.
 *
 * So the program starts fast, and only who reads a database needs its client library. Each library
 * is one static struct sl_library with the table of its functions, made of a list macro:
 *
 *   #define ENTRY(name) { "sqlite3_" #name, &api.name, false },
 *   static const struct sl_library_function functions[] = { FUNCTIONS(ENTRY){ NULL, NULL, false }
 * }; */
#ifndef SL_BASE_LIBRARY_H
#define SL_BASE_LIBRARY_H

#include <pthread.h>
#include <stdbool.h>

#include <sluice/error.h>

struct sl_library_function {
  const char *name; /* "sqlite3_step" */
  void *target;     /* the address of a pointer to the function, which is stored there */
  bool if_any;      /* older versions lack it: NULL then */
};

struct sl_library {
  const char *name;     /* as messages call it: "libpq" */
  const char *variable; /* of the environment: a path that is tried instead of `files` */
  const char *const
      *files;           /* tried in this order, NULL behind the last; "@/x": x beside the program */
  const char *missing;  /* message: what it is for, how it is installed */
  const char *outdated; /* message: which version has what is not found in this one */
  const struct sl_library_function *functions; /* all that are called; name NULL behind the last */
  /* Readies the library once its functions are there; NULL = nothing to do. */
  sl_status (*ready)(struct sl_error *err);
  pthread_mutex_t lock; /* PTHREAD_MUTEX_INITIALIZER */
  void *handle;
};

/* Opens the library unless it is open. Any thread, any number of times. SL_ENOTFOUND: it is not
 * there; SL_EUNSUPPORTED: it lacks a function. */
sl_status sl_library_load(struct sl_library *library, struct sl_error *err);

#endif
