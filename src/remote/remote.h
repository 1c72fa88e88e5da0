/* remote.h - the server that a project is pushed to, as .dango/cloud.yml names it: its variables
 * and its copy of the project's files, by the ssh and rsync programs of this machine.
 *
 * Dango's keys: droplet_ip (the host), ssh_key_path, deploy_branch; ours beside them: ssh_user
 * ("dango"), ssh_port (22), project_dir ("/srv/dango/project"). The server's key is kept in
 * .dango/known_hosts at the first connection; another one later is refused. One thread at a time.
 * Every failure of a connection is SL_EDEST with what ssh said. */
#ifndef SL_REMOTE_H
#define SL_REMOTE_H

#include "project/project.h"

struct sl_remote { /* all-zero is not open */
  const struct sl_project *project;
  struct sl_doc doc;
  const char *host, *user, *folder, *branch;
  int64_t port;
  char *key, *known_hosts; /* files */
};
/* SL_ENOTFOUND: the project has no server; SL_EUSAGE, SL_EDATA: what is wrong in cloud.yml. */
sl_status sl_remote_open(const struct sl_project *project, struct sl_remote *out,
                         struct sl_error *err);
void sl_remote_close(struct sl_remote *remote); /* may be called twice */
enum { SL_REMOTE_NO_FOLDER = 66 };
/* Runs a script of sh in the project's folder on the server; `output` gets what it printed. *code:
 * its exit code, SL_REMOTE_NO_FOLDER when there is no such folder. SL_EDEST: it could not be run.
 */
sl_status sl_remote_run(const struct sl_remote *remote, const char *script,
                        const struct sl_buffer *input, struct sl_buffer *output,
                        struct sl_buffer *errors, int *code, struct sl_error *err);
sl_status sl_remote_make_folder(const struct sl_remote *remote, struct sl_error *err);
/* What rsync needs to reach the server: ssh with its options. */
void sl_remote_shell(const struct sl_remote *remote, struct sl_buffer *out);

/* ---- .env on the server ---- */

/* Its variables. */
sl_status sl_remote_env_read(const struct sl_remote *remote, struct sl_secrets *out,
                             struct sl_error *err);
/* value NULL: takes the variable away, SL_ENOTFOUND when it is not there. *updated: there was one
 * already. The value never stands on a command line. */
sl_status sl_remote_env_change(const struct sl_remote *remote, const char *name, const char *value,
                               bool *updated, struct sl_error *err);

/* ---- push ---- */

enum sl_push_change { SL_PUSH_NEW, SL_PUSH_CHANGED, SL_PUSH_REMOVED };
struct sl_push_file {
  enum sl_push_change change;
  char *path; /* from the project's folder */
};
struct sl_push_settings {
  bool dry_run, force; /* force: another push's lock is broken */
  bool allow_dirty, allow_branch;
};
struct sl_push_report { /* all-zero is empty */
  struct sl_push_file *files;
  size_t n, capacity;
  struct sl_buffer warnings; /* lines */
  bool installed, built;     /* requirements.txt; models */
  double seconds;
};
/* Whether the state of the project's git repository allows a push: lines of what speaks against it,
 * and of what is only worth knowing. */
sl_status sl_push_check_git(const struct sl_remote *remote, const struct sl_push_settings *settings,
                            struct sl_buffer *errors, struct sl_buffer *warnings,
                            struct sl_error *err);
/* Copies the project's files but never secrets or data, installs requirements.txt, validates the
 * sources there, builds the models that changed. A dry run only finds out which files differ. The
 * report is to be released in every case. SL_EBUSY: another push is under way. */
sl_status sl_push(const struct sl_remote *remote, const struct sl_push_settings *settings,
                  struct sl_push_report *out, struct sl_error *err);
void sl_push_report_release(struct sl_push_report *report);
/* The model that a file of dbt/models is, in `out`; false = it is none. */
bool sl_push_model(const char *path, char out[256]);

#endif
