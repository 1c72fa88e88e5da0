/* errors.c - what servers and libmongoc say, as texts that say what to do next. */
#include <stdio.h>
#include <stdlib.h>

#include "base/redact.h"
#include "sources/mongodb/internal.h"

static const struct {
  uint32_t number;
  sl_status code;
  bool retryable;
  const char *advice;
} known[] = {
  { 2, SL_EUSAGE, false, "check --where and --query" },
  { 9, SL_EUSAGE, false, "check --where and --query" },
  { 14, SL_EUSAGE, false, "check --where and --query" },
  { 16, SL_EUSAGE, false, "check --where and --query" },
  { 72, SL_ESOURCE, false, "check readConcernLevel and other options of the URL" },
  { 168, SL_EUSAGE, false, "check --query" },
  { 40324, SL_EUSAGE, false, "the server knows no such stage: check --query and its version" },
  { 40323, SL_EUSAGE, false, "each stage of --query is an object with one member" },
  { MONGO_UNAUTHORIZED, SL_ESOURCE, false,
    "let an administrator grant this user the role read on the database, or leave the collection "
    "out (--exclude-tables)" },
  { 26, SL_ENOTFOUND, false, "`sluice inspect` lists the collections" },
  { 50, SL_ESOURCE, false, "raise --statement-timeout" },
  { 43, SL_ESOURCE, true, "the server has closed the cursor; run the load again" },
  { 175, SL_ESOURCE, false,
    "the collection was dropped or changed while it was read; run the load again" },
  { 237, SL_ESOURCE, false, "somebody ended the query on the server; run the load again" },
  { 11601, SL_ESOURCE, false, "somebody ended the query on the server; run the load again" },
  { 11600, SL_ESOURCE, true, "the server is being shut down; run the load again when it is up" },
  { 91, SL_ESOURCE, true, "the server is being shut down; run the load again when it is up" },
  { 11602, SL_ESOURCE, true, "the servers choose a new primary; run the load again" },
  { 189, SL_ESOURCE, true, "the servers choose a new primary; run the load again" },
  { 10107, SL_ESOURCE, true, "the servers choose a new primary; run the load again" },
  { 13435, SL_ESOURCE, true, "the servers choose a new primary; run the load again" },
  { 13436, SL_ESOURCE, true, "this member of the replica set is not ready; try again later" },
  { 292, SL_ESOURCE, false,
    "the server may not sort that much: let an index begin with the cursor, or leave --row-order "
    "out" },
  { MONGO_TOO_OLD, SL_ESOURCE, false,
    "reading took longer than the server keeps snapshots: raise "
    "minSnapshotHistoryWindowInSeconds there, or use --snapshot off" },
  { MONGO_NO_SNAPSHOT, SL_ESOURCE, false, "use --snapshot off" },
};

long mongo_error_number(const struct sl_error *err) {
  return err == NULL ? 0 : strtol(err->vendor, NULL, 10);
}

static bool is_network(const bson_error_t *problem) {
  return problem->domain == MONGOC_ERROR_STREAM ||
         (problem->domain == MONGOC_ERROR_SERVER_SELECTION);
}

/* Messages of libmongoc may quote the URL. */
static void copy_message(char out[512], const char *message) {
  struct sl_buffer clean = { 0 };
  sl_redact(&clean, message);
  snprintf(out, 512, "%s", clean.data == NULL ? "" : clean.data);
  sl_buffer_release(&clean);
}

sl_status mongo_fail(const struct mongo_session *s, const bson_error_t *problem,
                     struct sl_error *err) {
  char message[512];
  sl_status code = SL_ESOURCE;
  bool retryable = is_network(problem);
  const char *advice =
      retryable ? "the connection was lost; is the server up? Run the load again" : NULL;
  bool by_server = problem->domain == MONGOC_ERROR_SERVER || problem->domain == MONGOC_ERROR_QUERY;
  for (size_t i = 0; by_server && i < sizeof known / sizeof known[0]; i++) {
    if (known[i].number == problem->code) {
      code = known[i].code;
      retryable = known[i].retryable;
      advice = known[i].advice;
    }
  }
  copy_message(message, problem->message);
  if (problem->domain == MONGOC_ERROR_CLIENT && problem->code == MONGOC_ERROR_CLIENT_AUTHENTICATE) {
    return mongo_fail_connect(s, problem, err);
  }
  code = sl_fail(err, code, "%s: %s%s%s", s->host, message, advice == NULL ? "" : "; ",
                 advice == NULL ? "" : advice);
  if (err != NULL) {
    err->retryable = retryable;
    snprintf(err->vendor, sizeof err->vendor, "%u", by_server ? problem->code : 0);
  }
  return code;
}

static bool says(const char *message, const char *words) {
  return strcasestr(message, words) != NULL;
}

static const char *advice_for(const char *m, bool *retryable) {
  *retryable = false;
  if (says(m, "certificate") || says(m, "TLS") || says(m, "SSL")) {
    return "see the tls options of the URL in docs/sources/mongodb.md; a server without TLS needs "
           "tls=false";
  }
  if (says(m, "Failed to resolve") || says(m, "Name or service not known") ||
      says(m, "Failed to look up") || says(m, "DNS")) {
    return "no such host: check its name, and the network";
  }
  if (says(m, "uthentication") || says(m, "SASL") || says(m, "SCRAM")) {
    return "wrong user name or password, or another database holds the user: authSource in the "
           "URL names it (often admin); special characters are written with percent signs";
  }
  if (says(m, "No suitable servers") && strchr(m, '[') == NULL) { /* they answer, but are others */
    return "no server there is what the URL asks for: check replicaSet and readPreference in the "
           "URL, or use directConnection=true";
  }
  *retryable = true;
  if (says(m, "refused")) {
    return "is the server running there, are host and port right, does a firewall let them "
           "through?";
  }
  if (says(m, "timeout") || says(m, "timed out")) {
    return "nothing answered in time: check host and port, firewalls, --connect-timeout";
  }
  return "is the server up, and is it MongoDB? Check the URL";
}

sl_status mongo_fail_connect(const struct mongo_session *s, const bson_error_t *problem,
                             struct sl_error *err) {
  char message[512];
  bool retryable;
  copy_message(message, problem->message);
  const char *advice = advice_for(message, &retryable);
  sl_status code = sl_fail(err, SL_ESOURCE, "cannot connect to MongoDB%s%s: %s; %s",
                           s->host[0] == '\0' ? "" : " at ", s->host, message, advice);
  if (err != NULL) {
    err->retryable = retryable;
    snprintf(err->vendor, sizeof err->vendor, "%u", problem->code);
  }
  return code;
}
