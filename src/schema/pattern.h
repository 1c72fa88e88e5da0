/* pattern.h - the "re:" patterns of schema settings, which are Python's, for POSIX regcomp(). */
#ifndef SL_SCHEMA_PATTERN_H
#define SL_SCHEMA_PATTERN_H

#include <regex.h>

#include <sluice/error.h>

/* Compiles a Python pattern for searching (regexec gives what re.search does): \d \w \s and their
 * opposites, \A \Z, (?:…), (?P<…>…), (?i) in front, lazy quantifiers and bracket escapes are
 * rewritten. Look-around and back references by name fail with SL_EUSAGE. regfree() it. */
sl_status sl_pattern_compile(regex_t *out, const char *pattern, struct sl_error *err);

#endif
