/* claims.c - see claims.h. */
#include "sqlite/claims.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/memory.h"

struct claimed {
  dev_t device;
  ino_t inode;
  int count[2]; /* by kind */
};

static pthread_mutex_t claims_lock = PTHREAD_MUTEX_INITIALIZER;
static struct claimed *claims;
static size_t n_claims, claims_capacity;

static struct claimed *find(const struct stat *file) {
  for (size_t i = 0; i < n_claims; i++) {
    if (claims[i].device == file->st_dev && claims[i].inode == file->st_ino) {
      return &claims[i];
    }
  }
  return NULL;
}

/* Room for the file's claims: an entry that nobody uses, or a new one. */
static struct claimed *entry_for(const struct stat *file, struct sl_error *err) {
  struct claimed *entry = find(file);
  for (size_t i = 0; entry == NULL && i < n_claims; i++) {
    entry = claims[i].count[0] + claims[i].count[1] == 0 ? &claims[i] : NULL;
  }
  if (entry == NULL) {
    if (sl_grow(&claims, &claims_capacity, n_claims + 1, sizeof *claims, err) != SL_OK) {
      return NULL;
    }
    entry = &claims[n_claims++];
    *entry = (struct claimed){ 0 };
  }
  entry->device = file->st_dev;
  entry->inode = file->st_ino;
  return entry;
}

sl_status sqlite_claim(const char *path, enum sqlite_claim kind, bool wal, struct sl_error *err) {
  struct stat file;
  sl_status rc = SL_OK;
  if (stat(path, &file) != 0) {
    return SL_OK;
  }
  pthread_mutex_lock(&claims_lock);
  struct claimed *entry = entry_for(&file, err);
  if (entry == NULL) {
    rc = SL_ENOMEM;
  } else if (entry->count[!kind] > 0 && !wal) {
    rc = sl_fail(err, SL_EUSAGE,
                 "sqlite: %s is to be read and written by one load, which SQLite can do in WAL "
                 "mode only: load into another dataset (--dataset), or add --destination-journal "
                 "wal",
                 path);
  } else {
    entry->count[kind]++;
  }
  pthread_mutex_unlock(&claims_lock);
  return rc;
}

void sqlite_unclaim(const char *path, enum sqlite_claim kind) {
  struct stat file;
  if (stat(path, &file) != 0) {
    return;
  }
  pthread_mutex_lock(&claims_lock);
  struct claimed *entry = find(&file);
  if (entry != NULL && entry->count[kind] > 0) {
    entry->count[kind]--;
  }
  pthread_mutex_unlock(&claims_lock);
}
