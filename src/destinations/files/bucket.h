/* bucket.h - an object store as the place of files, and what one kind of store must give for that.
 * Private to this folder. */
#ifndef SL_DESTINATIONS_FILES_BUCKET_H
#define SL_DESTINATIONS_FILES_BUCKET_H

#include "files_internal.h"
#include "http/http.h"

struct bucket { /* first member of each kind of store */
  const struct bucket_ops *ops;
  struct sl_http *http;
  struct sl_buffer root;  /* URL of bucket or container, no '/' at the end */
  struct sl_buffer shown; /* "s3://bucket", for messages */
};

struct bucket_ops { /* key: the whole one, not encoded */
  /* One signed request. query: sorted by name, a "name=value" a line, not encoded; "" = none. */
  sl_status (*call)(struct bucket *b, const char *method, const char *key, const char *query,
                    const void *data, size_t length, struct sl_http_answer *answer,
                    struct sl_error *err);
  const char *no_such_key; /* the error's code when an object is not there */
  /* Asks for a page of names; token: what list_token of the page before says, "" = the first. */
  void (*list_query)(struct sl_buffer *out, const char *prefix, const char *token);
  const char *list_name, *list_token; /* their tags in the answer */
  /* A file in parts that nobody sees before the end. */
  sl_status (*upload)(struct bucket *b, const char *key, struct sl_buffer *id,
                      struct sl_error *err);
  /* Any number of threads. number: from 1; tag: what `finish` needs of it, without ','. */
  sl_status (*part)(struct bucket *b, const char *key, const char *id, int number, const char *data,
                    size_t length, struct sl_buffer *tag, struct sl_error *err);
  /* tags: with commas. Once more after success = fine. */
  sl_status (*finish)(struct bucket *b, const char *key, const char *id, const char *tags,
                      struct sl_error *err);
  sl_status (*abandon)(struct bucket *b, const char *key, const char *id, struct sl_error *err);
  /* Abandons all uploads whose key begins with prefix and holds one of the marks. */
  sl_status (*sweep)(struct bucket *b, const char *prefix, const char *mark, struct sl_error *err);
  /* Within the store; `from` gone and `to` there = fine. SL_ENOTFOUND. NULL = there is none. */
  sl_status (*copy)(struct bucket *b, const char *from, const char *to, struct sl_error *err);
  void (*describe)(const struct bucket *b, struct sl_copy_store *out);
  void (*close)(struct bucket *b); /* frees the kind's own; http and texts are the place's */
};

/* Takes the bucket over, also after a failure. prefix: of all keys, "" or with '/' at the end. */
sl_status files_bucket_open(struct files_place **out, struct bucket *bucket, const char *prefix,
                            const struct files_settings *settings, struct sl_error *err);

sl_status files_s3_open(struct files_place **out, const char *scheme, const char *location,
                        const struct files_settings *settings, struct sl_error *err);
sl_status files_azure_open(struct files_place **out, const char *location,
                           const struct files_settings *settings, struct sl_error *err);

/* bucket_http.c: what the kinds of stores have in common */
/* Splits "//bucket/path" into the two; SL_EUSAGE when there is no bucket. */
sl_status bucket_split(const char *scheme, const char *location, char bucket[128],
                       struct sl_buffer *prefix, struct sl_error *err);
sl_status bucket_http_new(struct bucket *b, const struct files_settings *settings,
                          struct sl_error *err);
/* Appends a query as `call` takes it, encoded: "name=value&name=value". */
void bucket_query(const char *lines, struct sl_buffer *out);
/* Text between <tag> and </tag> from *at on, unescaped; *at moves behind it. */
bool bucket_xml(const char **at, const char *tag, struct sl_buffer *out);
/* "NoSuchKey", …; "" = the answer names none. */
void bucket_code(const struct sl_http_answer *answer, struct sl_buffer *out);
/* The answer's failure as our error: code, message, what to do. */
sl_status bucket_fail(struct bucket *b, const char *doing, const char *key,
                      const struct sl_http_answer *answer, struct sl_error *err);

/* bucket_calls.c: requests that are the same everywhere */
/* One whose answer says nothing but that it worked; deleting what is not there works too. */
sl_status bucket_call(struct bucket *b, const char *method, const char *key, const char *query,
                      const char *data, size_t length, const char *doing, struct sl_error *err);
sl_status bucket_read(struct bucket *b, const char *key, struct sl_buffer *out, bool *found,
                      struct sl_error *err);
/* Keys that begin with the prefix are added. */
sl_status bucket_names(struct bucket *b, const char *prefix, struct files_names *out,
                       struct sl_error *err);

#endif
