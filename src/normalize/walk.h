/* walk.h - one document into rows. Private to src/normalize/. */
#ifndef SL_NORMALIZE_WALK_H
#define SL_NORMALIZE_WALK_H

#include "normalize/value.h"

struct nz_object {
  struct nz_node *node;
  yyjson_val *value;
  struct nz_entry *entry;
};
struct nz_pending {
  struct nz_list *list;
  yyjson_val *value;
  struct nz_entry *entry;
};

struct nz_walk { /* per worker */
  struct nz_plan plan;
  struct nz_scratch scratch;
  struct nz_object *objects; /* nested objects of rows under way, a stack */
  size_t n_objects, objects_capacity;
  struct nz_pending *lists; /* lists of rows under way, a stack */
  size_t n_lists, lists_capacity;
  uint64_t random;  /* state of the row ids */
  char root_id[64]; /* of the current document, for child rows */
  size_t root_id_length;
  int64_t root_row; /* number of the current document */
  int64_t rows, discarded_rows;
};

/* Writes the rows of one document. A bad row fails with SL_EDATA (the caller takes it back). */
sl_status nz_walk_document(struct nz_walk *walk, yyjson_val *document, struct sl_error *err);
/* 14 characters: 10 random bytes, or the first 10 of a SHAKE-128 digest, in base64 without padding.
 */
void nz_random_id(struct nz_walk *walk, char out[16]);
void nz_digest_id(const char *data, size_t length, char out[16]);
void nz_walk_release(struct nz_walk *walk);

#endif
