/* rejects.h - rows of a database that are set aside: with --rejects table and --special-values
 * error a row with a value that no column can hold does not end the load. Private to src/database/
 * and its drivers. */
#ifndef SL_DATABASE_REJECTS_H
#define SL_DATABASE_REJECTS_H

#include <sluice/source.h>

struct sl_db_rejects { /* all-zero is empty */
  struct sl_source_reject *items;
  size_t n, capacity;
};
/* Copies the texts of `like`; of raw at most 64 KB. */
sl_status sl_db_rejects_add(struct sl_db_rejects *rejects, const struct sl_source_reject *like,
                            struct sl_error *err);
void sl_db_rejects_release(struct sl_db_rejects *rejects);
/* Hands them over to a block, whose release frees them. */
void sl_db_rejects_move(struct sl_db_rejects *rejects, struct sl_block *block);

/* Rows that a block stands for: those in it, and those that were set aside. */
int64_t sl_db_block_read(const struct sl_block *block);
/* Takes the first `count` of them out. */
sl_status sl_db_block_skip(struct sl_block *block, int64_t count, struct sl_error *err);

#endif
