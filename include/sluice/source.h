/* source.h - what a connector promises in order to be read from.
 *
 * A source hands out blocks. A block is either documents (bytes of JSON values, which the
 * normalizer turns into tables) or one Arrow batch. The engine claims blocks one after the
 * other (`claim`, in order, never two calls at once) and then fills them in parallel
 * (`fill`, from any thread), so that one big file is read by all cores while its rows keep
 * their order. See src/sources/example/ for a whole one, docs/new-source.md for the guide. */
#ifndef SLUICE_SOURCE_H
#define SLUICE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sluice/arrow.h>
#include <sluice/error.h>
#include <sluice/option.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sl_load_settings; /* engine.h */

enum sl_block_kind { SL_BLOCK_DOCUMENTS, SL_BLOCK_BATCH, SL_BLOCK_REJECTS };

struct sl_source_reject {               /* a row that the source itself could not read */
  char *origin, *column, *raw, *reason; /* column may be NULL */
  int64_t line, byte_offset;            /* 0 and -1 = not known */
  size_t raw_length;                    /* 0 = up to the NUL of raw */
  int64_t row;                          /* of a batch: its rows before this one */
};

/* Bytes after `size` that are readable and zero, so that parsers may overrun. */
#define SL_BLOCK_PADDING 64

struct sl_block {
  enum sl_block_kind kind;
  /* Where it comes from, for messages; borrowed from the source. "-" = stdin. */
  const char *origin;
  int64_t byte_offset;  /* of data[0] in the (uncompressed) origin */
  int64_t first_line;   /* 1-based line of data[0]; 0 = not known, counted by the consumer */
  int64_t first_record; /* 0-based record number, -1 = not known */
  bool starts_origin;   /* first block of its origin: line counting starts again at 1 */

  /* SL_BLOCK_DOCUMENTS. With spans == NULL: values separated by newlines (blank lines are
   * skipped). With spans: n_spans pairs (offset, length), each one JSON value within data. */
  char *data; /* mutable: parsed in place; SL_BLOCK_PADDING bytes follow */
  size_t size;
  struct sl_span {
    uint32_t offset, length;
  } * spans;
  size_t n_spans;
  /* The JSON is typed, as dlt's is: a string that begins with one of these characters stands for
   * the value after it, which arrives exact and in a column of its type.
   *   U+F026 decimal "12.50"      U+F027 timestamp "2024-01-02T03:04:05.000006+00:00", or "@" and
   *   U+F028 date "2024-01-02"           microseconds since 1970 where the year has not four digits
   *   U+F02D time "03:04:05"      U+F02A bytes in hexadecimal, with or without 0x
   *   U+F029 UUID                 U+F02B bytes in base64
   *   U+F02C wei (integer)        U+F02E text: what follows, even if it begins with such a
   * character A text that is no value of its mark's type ("NaN" as a decimal) goes to a variant of
   * the column as text. Numbers with a point or an exponent are doubles; NaN, Infinity and
   * -Infinity may stand without quotes. Inside columns of JSON the values are written as plain
   * JSON. */
  bool typed;

  /* SL_BLOCK_BATCH: a struct array and its schema (one child per column). Handed through without
   * a copy: b, l, g, u, z, tdD, ttu, tsu: with or without zone, d:P,S (see builder.h); a column
   * of u with sl_schema_mark_json becomes json. Any other Arrow type is converted value by value,
   * nested ones to json. */
  struct ArrowSchema schema;
  struct ArrowArray array;
  int64_t lines; /* of the text that the batch was made of, for the lines of what comes after */

  /* SL_BLOCK_REJECTS, with lines of the origin; or rows between those of the others, with lines of
   * the block (its first is 1). All of malloc. */
  struct sl_source_reject *rejects;
  size_t n_rejects;

  int64_t source_bytes;               /* bytes of the source this block stands for (compressed if it
                                         is), for progress */
  void (*release)(struct sl_block *); /* frees all of it; NULL = empty block */
  void *private_data;
};
/* As `release` of a block that is a batch: array and schema, unless they were moved on, and
 * rejects. */
SL_API void sl_block_release_batch(struct sl_block *block);
/* As `release` of a block of documents: data, spans and rejects, all of malloc. */
SL_API void sl_block_release_documents(struct sl_block *block);

struct sl_source_table { /* one table (dlt: resource) that a source can deliver */
  char *name;
  int64_t rows;              /* -1 = not known */
  int64_t bytes;             /* -1 = not known */
  bool estimate;             /* rows and bytes are estimates */
  bool documents;            /* delivers documents; columns then come from a sample */
  struct ArrowSchema schema; /* columns; release == NULL when not known without reading */
  char *primary_key;         /* comma-separated, NULL = none */
  char *description;         /* e.g. "3 files, CSV, delimiter ';'"; may be NULL */
  /* The schema is what the outside system declares, not a guess from a sample: the destination's
   * table gets these columns, types and nullability whether rows come or not. */
  bool declared;
  char *target; /* name of the table in the destination; NULL = name */
  /* Set by the engine before `start`: the columns that the table has in the destination already, as
   * name:type,… like --columns, with normalised names. For sources that choose types themselves:
   * what is to become text is best handed out as it is written. NULL = none; lives for the call. */
  const char *known;
  const char *write_disposition; /* when the user says nothing: "replace", …; NULL = append */
};

struct sl_catalog {
  struct sl_source_table *tables;
  size_t n_tables;
};
SL_API void sl_catalog_release(struct sl_catalog *catalog);

/* ---- checksums that a source makes itself, see `sums` ---- */

enum sl_sum_form {                 /* what of a value is hashed */
                   SL_SUM_NONE,    /* the column has no sum */
                   SL_SUM_INTEGER, /* integers and booleans */
                   SL_SUM_DATE,    /* days since 1970 */
                   SL_SUM_TIME,    /* microseconds since midnight */
                   SL_SUM_MOMENT,  /* microseconds since 1970 */
                   SL_SUM_REAL,    /* the eight bytes of a double */
                   SL_SUM_DECIMAL, /* its text, with `scale` digits behind the point */
                   SL_SUM_TEXT,    /* texts and binary values: their bytes */
                   SL_SUM_HEX      /* binary values: the bytes as hexadecimal digits */
};
enum sl_sum_hash {
  SL_SUM_POSTGRES, /* hashint8extended, hashfloat8extended, hashtextextended, with seed 0; moments
                      are counted from the year 2000 on */
  SL_SUM_CRC32,    /* of texts; of integers as they are printed */
  SL_SUM_XXH3      /* the lower half of sl_hash64: of integers and doubles as eight bytes */
};
struct sl_source_sum { /* of one column: the sum of the hashes of its values, modulo 2^64 */
  const char *column;  /* borrowed from the source, until the next table is started */
  enum sl_sum_form form;
  int32_t scale;
  int64_t values; /* that are not NULL */
  uint64_t sum;
};
struct sl_source_sums {
  enum sl_sum_hash hash;
  struct sl_source_sum *columns; /* malloc'ed; n = 0: see `why` */
  size_t n;
  const char *why; /* static text; NULL = there are sums */
};

struct sl_source_config { /* texts in it, those of the settings too, live until close */
  const char *location;   /* URL or path as the user wrote it, without its scheme */
  const void *settings;   /* the struct that `options` describes, filled */
  int64_t memory_bytes;   /* what the source may hold at once */
  int threads;            /* at most so many blocks are claimed and not yet filled or released */
  /* Bad rows are handed out, as SL_BLOCK_REJECTS or with a batch. Else the first one fails, or is
   * the last that a batch has: the engine fails then, and knows its line. */
  bool keep_rejects;
  const char *columns; /* --columns of the load (name:type,…), NULL = none */
  int64_t max_nesting; /* --max-nesting of the load; -1 = not given */
  const char *tables;  /* --table of the load: globs, comma-separated; NULL = all */
  /* --write-disposition and --primary-key of the load; NULL = not given. */
  const char *write_disposition, *primary_key;
  /* Folder (perhaps not there yet) where the source may keep input that cannot be read a second
   * time, until the load is over; NULL = nowhere. */
  const char *keep_dir;
  /* Says something that the user should know although nothing failed. Any thread. */
  void (*warn)(void *arg, const char *message);
  void *warn_arg;
  /* What stood before the location, "mongodb+srv" of mongodb+srv://host, for sources with several;
   * NULL or "" = nothing. Borrowed for the call of `open`. */
  const char *scheme;
  /* The load may be interrupted and go on (`position`): a source that has places for that only
   * between parts of a table cuts large ones. */
  bool resumes;
};

struct sl_source {
  const struct sl_source_ops *ops;
}; /* first member of each source */

struct sl_source_ops {
  size_t struct_size; /* sizeof when the plug-in was built: new members go last */
  const char *name;
  const char *const *schemes; /* NULL-terminated: "postgres", ...; "" = plain paths */
  const struct sl_option *options;
  size_t settings_bytes;
  bool ordered; /* block order is row order and is the same at each reading */
  const char *help;

  /* A name for the pipeline (and the table, if there is only one) made of the location, for users
   * who give none: "data/events.jsonl.gz" -> "events", ".../shop" -> "shop". */
  sl_status (*default_name)(const char *location, char out[256], struct sl_error *err);
  sl_status (*open)(struct sl_source **out, const struct sl_source_config *config,
                    struct sl_error *err);
  /* Lists tables with columns; for documents a sample is read. */
  sl_status (*discover)(struct sl_source *source, struct sl_catalog *out, struct sl_error *err);
  /* Starts reading one table of the catalog, from the beginning. One at a time. state_json: what
   * `state` gave for this table in the last committed load, NULL = first run; borrowed for the
   * call. May correct table->rows and table->bytes to what is left to read. */
  sl_status (*start)(struct sl_source *source, struct sl_source_table *table,
                     const char *state_json, struct sl_error *err);
  /* Claims the next block: *out gets what is needed to fill it. *end = true: no more.
   * Cheap where fill can do the work; a stream (gzip, stdin) does it here. May wait until a block
   * that was claimed before is filled (by another thread). Serialised by the engine. */
  sl_status (*claim)(struct sl_source *source, struct sl_block *out, bool *end,
                     struct sl_error *err);
  /* Reads the claimed block; any thread, several at once; may wait until blocks that were claimed
   * before are filled (by other threads). A block that could not be filled has been released. NULL
   * = claim has done all. */
  sl_status (*fill)(struct sl_source *source, struct sl_block *block, struct sl_error *err);
  /* State of the table that was read to its end, to be stored with its rows in one transaction
   * (JSON object as text, caller frees); NULL = none. */
  sl_status (*state)(struct sl_source *source, char **out_json, struct sl_error *err);
  /* May be NULL. After a load that failed: reads what is left of input that cannot be read again
   * and keeps all of it. *out_path (malloc'ed): where it is, as a location for another load; NULL =
   * there is no such input, or it could not be kept. */
  sl_status (*keep)(struct sl_source *source, char **out_path, struct sl_error *err);
  /* Makes running claims and fills return SL_ECANCELLED soon, and all later ones; any thread.
   * Called again after some seconds when that was of no avail: connections should break then. */
  void (*cancel)(struct sl_source *source);
  void (*close)(struct sl_source *source);

  /* ---- loads that continue where they were interrupted; all NULL: they start again ---- */

  /* Where the reading of the table stands, with everything that was claimed delivered: the engine
   * calls it when no claim and no fill is under way. JSON object as text, caller frees; what is
   * needed to see whether the data behind it has changed is part of it. NULL = it cannot be told:
   * nothing is committed before the end of the table. */
  sl_status (*position)(struct sl_source *source, char **out_json, struct sl_error *err);
  /* `start`, but behind a position that an earlier process took. *changed = true: what was read
   * before it is not the same any more, or cannot be found again; nothing was started then, and
   * `why` says it in a few words. */
  sl_status (*resume)(struct sl_source *source, struct sl_source_table *table,
                      const char *state_json, const char *position_json, bool *changed,
                      char why[256], struct sl_error *err);
  /* on: claim says *end as soon as all that is under way is delivered and `position` can tell where
   * that is; off: claims go on. Any thread. NULL = after every block. */
  void (*pause)(struct sl_source *source, bool on);
  /* May be NULL. Just before a table's columns and keys are settled: fills settings of the load
   * that the user has not given, for this table only (write_disposition, primary_key, columns,
   * contract, …). Texts live until the next call or close. */
  sl_status (*hints)(struct sl_source *source, const struct sl_source_table *table,
                     struct sl_load_settings *settings, struct sl_error *err);
  /* May be NULL. Once, before discover: the pipeline's state as the last committed load left it
   * (dlt's state.json), borrowed for the call. */
  sl_status (*restore)(struct sl_source *source, const char *state_json, struct sl_error *err);
  /* May be NULL. Once, after the last table: a JSON object, which becomes the member `sources` of
   * the pipeline's state with the commit (caller frees); NULL = as it was. */
  sl_status (*remember)(struct sl_source *source, char **out_json, struct sl_error *err);
  /* The source learns of tables while it is read: discover is called again after the last one, and
   * what it lists behind those that were there is read too, until there is nothing new. */
  bool grows;
  /* May be NULL. After the last block of the table that was started, and after `state`: how many
   * rows it has, asked by a query of its own in the snapshot that was read; -1 = it cannot be told.
   * For certificates. */
  sl_status (*count)(struct sl_source *source, int64_t *rows, struct sl_error *err);
  /* May be NULL. After `count`: checksums of all columns, by a query of its own in the same
   * snapshot. The caller frees out->columns. For --verify-source. */
  sl_status (*sums)(struct sl_source *source, struct sl_source_sums *out, struct sl_error *err);
};

#ifdef __cplusplus
}
#endif
#endif
