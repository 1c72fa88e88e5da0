/* fault.h - named points at which a test can kill the program or make a step fail.
 *
 * For tests only. The environment variable SLUICE_FAULT says where and how, and is read once:
 *
 *   SLUICE_FAULT=point=kill      the process gets SIGKILL when it comes to the point
 *   SLUICE_FAULT=point=error     the step fails there with SL_EIO, as a full disk would make it;
 *                                not at the points after the commit, where nothing is left to fail
 *   SLUICE_FAULT=after-read=corrupt  one value of a block is changed, as broken memory would
 *   SLUICE_FAULT=point:3=kill    the same, at the third time that the point is reached
 *
 * A name that does not exist makes the first point fail with SL_EUSAGE and a message that lists all
 * of them, so that a test that asks for nothing cannot pass. Without the variable a point costs one
 * comparison. They are in src/pipeline only, so they mean the same for every destination. */
#ifndef SL_BASE_FAULT_H
#define SL_BASE_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include <sluice/error.h>

enum sl_fault_point {                         /* in the order in which a load comes to them */
                      SL_FAULT_AFTER_OPEN,    /* destination open, its transaction begun, nothing
                                                 written */
                      SL_FAULT_AFTER_PREPARE, /* dataset and system tables made */
                      SL_FAULT_AFTER_READ,    /* a block of the source read, not normalized */
                      SL_FAULT_AFTER_BLOCK,   /* the rows of one block handed to the destination */
                      SL_FAULT_BEFORE_CHECKPOINT, /* a checkpoint is due, its ledger row not written
                                                   */
                      SL_FAULT_IN_CHECKPOINT,     /* its ledger row written, not committed */
                      SL_FAULT_AFTER_CHECKPOINT,  /* it is committed, the next transaction not begun
                                                   */
                      SL_FAULT_AFTER_TABLE,       /* all rows of a table read and handed over */
                      SL_FAULT_AFTER_REPLACE,     /* old rows deleted */
                      SL_FAULT_AFTER_MERGE,       /* the merge of one table has run */
                      SL_FAULT_AFTER_CHANGE, /* late.c: tables changed, the transaction not begun */
                      SL_FAULT_AFTER_MOVE,   /* staged rows are in their tables */
                      SL_FAULT_BEFORE_COMMIT, /* system rows written */
                      SL_FAULT_AFTER_COMMIT, /* committed, the working folder knows nothing of it */
                      SL_FAULT_AFTER_FOLDER, /* the working folder follows, the lock still held */
                      SL_FAULT_POINTS
};

/* The name of a point as SLUICE_FAULT has it: "after-open". */
const char *sl_fault_name(enum sl_fault_point point);

/* The point is reached; any thread. SL_OK unless SLUICE_FAULT says otherwise. */
sl_status sl_fault(enum sl_fault_point point, struct sl_error *err);

/* The same point where something is to be changed: true when SLUICE_FAULT says so, and this is the
 * time. Any thread. */
bool sl_fault_corrupts(enum sl_fault_point point);

struct sl_fault_plan { /* what SLUICE_FAULT says */
  enum sl_fault_point point;
  int64_t time; /* 1 = the first time */
  bool kill, corrupt;
};
/* For the tests of this file. SL_EUSAGE: not of the form above. */
sl_status sl_fault_parse(struct sl_fault_plan *out, const char *text, struct sl_error *err);

#endif
