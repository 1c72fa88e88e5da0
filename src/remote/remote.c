/* remote.c - the server and how it is reached; see remote.h. */
#include "remote/remote.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/files.h"
#include "project/process.h"

static const char *const keys[] = {
  "provider", "droplet_id",   "droplet_ip", "firewall_id",   "region", "size",          "domain",
  "spaces",   "ssh_key_path", "ssh_key_id", "dbt_overrides", "backup", "deploy_branch", "ssh_user",
  "ssh_port", "project_dir",  NULL
};

/* They stand in commands: a host or user may not begin with - or have other characters. */
static sl_status check_name(const struct sl_remote *r, const char *key, const char *text,
                            struct sl_error *err) {
  bool good = text[0] != '-' && text[0] != '\0';
  for (const char *c = text; *c != '\0'; c++) {
    good = good && (isalnum((unsigned char)*c) || strchr("._-:%", *c) != NULL);
  }
  return good ? SL_OK
              : sl_doc_fail(&r->doc, sl_node_get(r->doc.root, key), err, "%s cannot be '%s'", key,
                            text);
}

static sl_status read_keys(struct sl_remote *r, const char **key_path, struct sl_error *err) {
  const struct sl_doc *doc = &r->doc;
  const struct {
    const char *key, **text;
  } texts[] = { { "droplet_ip", &r->host },
                { "ssh_user", &r->user },
                { "project_dir", &r->folder },
                { "deploy_branch", &r->branch },
                { "ssh_key_path", key_path } };
  sl_status rc = sl_doc_check_keys(doc, doc->root, keys, "cloud.yml", err);
  for (size_t i = 0; rc == SL_OK && i < sizeof texts / sizeof texts[0]; i++) {
    rc = sl_doc_text(doc, doc->root, texts[i].key, texts[i].text, err);
  }
  if (rc == SL_OK) {
    rc = sl_doc_integer(doc, doc->root, "ssh_port", &r->port, err);
  }
  if (rc == SL_OK && r->host == NULL) {
    return sl_fail(err, SL_ENOTFOUND,
                   "%s names no server: droplet_ip is missing (a host name or address)", doc->path);
  }
  if (rc == SL_OK && (r->port < 1 || r->port > 65535)) {
    rc = sl_doc_fail(doc, sl_node_get(doc->root, "ssh_port"), err, "ssh_port is 1 to 65535");
  }
  if (rc == SL_OK) {
    rc = check_name(r, "droplet_ip", r->host, err);
  }
  if (rc == SL_OK) {
    rc = check_name(r, "ssh_user", r->user, err);
  }
  return rc == SL_OK && r->folder[0] != '/'
             ? sl_doc_fail(doc, sl_node_get(doc->root, "project_dir"), err,
                           "project_dir must be a whole path, beginning with /")
             : rc;
}

sl_status sl_remote_open(const struct sl_project *project, struct sl_remote *out,
                         struct sl_error *err) {
  const char *key_path = ".dango/cloud_key";
  char *path = sl_project_path(project, ".dango/cloud.yml");
  *out = (struct sl_remote){ .project = project,
                             .user = "dango",
                             .folder = "/srv/dango/project",
                             .branch = "main",
                             .port = 22 };
  sl_status rc = path == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a path") : SL_OK;
  if (rc == SL_OK && !sl_file_exists(path)) {
    rc = sl_fail(err, SL_ENOTFOUND,
                 "no server is set up for this project: write .dango/cloud.yml with\n"
                 "  droplet_ip: HOST\n  ssh_user: dango\n  ssh_key_path: .dango/cloud_key\n"
                 "  project_dir: /srv/dango/project");
  }
  if (rc == SL_OK) {
    rc = sl_doc_read_yaml(&out->doc, path, err);
  }
  if (rc == SL_OK) {
    rc = read_keys(out, &key_path, err);
  }
  if (rc == SL_OK) {
    out->key = sl_project_path(project, "%s", key_path);
    out->known_hosts = sl_project_path(project, ".dango/known_hosts");
    rc = out->key == NULL || out->known_hosts == NULL
             ? sl_fail(err, SL_ENOMEM, "out of memory for a path")
             : SL_OK;
  }
  if (rc == SL_OK && !sl_file_exists(out->key)) {
    rc = sl_fail(err, SL_ENOTFOUND,
                 "there is no SSH key at %s: `ssh-keygen -t ed25519 -f %s` makes one, and its .pub "
                 "belongs into ~/.ssh/authorized_keys of %s on the server",
                 out->key, out->key, out->user);
  }
  free(path);
  if (rc != SL_OK) {
    sl_remote_close(out);
  }
  return rc;
}

void sl_remote_close(struct sl_remote *remote) {
  sl_doc_release(&remote->doc);
  free(remote->key);
  free(remote->known_hosts);
  *remote = (struct sl_remote){ 0 };
}

/* ---- ssh ---- */

enum { MOST_WORDS = 24 };
struct words {
  char port[16], key[4096], hosts[4200], place[600];
  const char *argv[MOST_WORDS];
  size_t n;
};

static void options(const struct sl_remote *r, struct words *w) {
  const char *const list[] = { "ssh",
                               "-i",
                               w->key,
                               "-p",
                               w->port,
                               "-o",
                               w->hosts,
                               "-o",
                               "IdentitiesOnly=yes",
                               "-o",
                               "BatchMode=yes",
                               "-o",
                               "StrictHostKeyChecking=accept-new",
                               "-o",
                               "ConnectTimeout=15",
                               "-o",
                               "ServerAliveInterval=15",
                               "-o",
                               "LogLevel=ERROR" };
  snprintf(w->port, sizeof w->port, "%" PRId64, r->port);
  snprintf(w->key, sizeof w->key, "%s", r->key);
  snprintf(w->hosts, sizeof w->hosts, "UserKnownHostsFile=\"%s\"", r->known_hosts);
  w->n = sizeof list / sizeof list[0];
  memcpy(w->argv, list, sizeof list);
}

/* In single quotes; `quote` stands for each single quote in the text. */
static void quote(const char *text, const char *quoted, struct sl_buffer *out) {
  sl_buffer_char(out, '\'');
  for (const char *c = text; *c != '\0'; c++) {
    if (*c == '\'') {
      sl_buffer_text(out, quoted);
    } else {
      sl_buffer_char(out, *c);
    }
  }
  sl_buffer_char(out, '\'');
}

void sl_remote_shell(const struct sl_remote *remote, struct sl_buffer *out) {
  struct words w;
  options(remote, &w);
  for (size_t i = 0; i < w.n; i++) { /* rsync splits at blanks, and '' is a quote within quotes */
    sl_buffer_text(out, i == 0 ? "" : " ");
    quote(w.argv[i], "''", out);
  }
}

static sl_status unreachable(const struct sl_remote *r, const struct sl_buffer *errors,
                             struct sl_error *err) {
  const char *said = errors->length == 0 ? "it ended without a message" : errors->data;
  size_t length = strlen(said);
  if (strstr(said, "IDENTIFICATION HAS CHANGED") != NULL) {
    return sl_fail(err, SL_EDEST,
                   "%s now has another host key than the one in %s: either it was set up anew, or "
                   "somebody stands between. If you know why, delete its line there",
                   r->host, r->known_hosts);
  }
  while (length > 0 && isspace((unsigned char)said[length - 1])) {
    length--;
  }
  return sl_fail(err, SL_EDEST, "SSH connection to %s@%s failed: %.*s", r->user, r->host,
                 (int)length, said);
}

/* A command line for the server's shell. */
static sl_status run_command(const struct sl_remote *r, const struct sl_buffer *command,
                             const struct sl_buffer *input, struct sl_buffer *output,
                             struct sl_buffer *errors, int *code, struct sl_error *err) {
  const struct sl_buffer nothing = { 0 };
  struct sl_buffer own = { 0 };
  struct words w;
  options(r, &w);
  snprintf(w.place, sizeof w.place, "%s@%s", r->user, r->host);
  w.argv[w.n++] = "--";
  w.argv[w.n++] = w.place;
  w.argv[w.n++] = command->data;
  w.argv[w.n] = NULL;
  struct sl_process ssh = { .argv = w.argv,
                            .input = input == NULL ? &nothing : input,
                            .output = output,
                            .errors = errors == NULL ? &own : errors };
  sl_status rc = sl_buffer_check(command, err);
  if (rc == SL_OK) {
    rc = sl_process_run(&ssh, code, err);
  }
  if (rc == SL_OK && *code == 255) {
    rc = unreachable(r, ssh.errors, err);
  }
  sl_buffer_release(&own);
  return rc;
}

sl_status sl_remote_run(const struct sl_remote *r, const char *script,
                        const struct sl_buffer *input, struct sl_buffer *output,
                        struct sl_buffer *errors, int *code, struct sl_error *err) {
  struct sl_buffer command = { 0 };
  sl_buffer_text(&command, "cd ");
  quote(r->folder, "'\\''", &command);
  sl_buffer_printf(&command, " 2>/dev/null || exit %d; %s", SL_REMOTE_NO_FOLDER, script);
  sl_status rc = run_command(r, &command, input, output, errors, code, err);
  sl_buffer_release(&command);
  return rc;
}

sl_status sl_remote_make_folder(const struct sl_remote *r, struct sl_error *err) {
  struct sl_buffer command = { 0 };
  struct sl_buffer output = { 0 };
  struct sl_buffer errors = { 0 };
  int code = 0;
  sl_buffer_text(&command, "mkdir -p ");
  quote(r->folder, "'\\''", &command);
  sl_status rc = run_command(r, &command, NULL, &output, &errors, &code, err);
  if (rc == SL_OK && code != 0) {
    rc = sl_fail(err, SL_EDEST, "%s cannot make %s: %s", r->host, r->folder,
                 errors.data == NULL ? "" : errors.data);
  }
  sl_buffer_release(&command);
  sl_buffer_release(&output);
  sl_buffer_release(&errors);
  return rc;
}
