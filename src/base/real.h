/* real.h - text to double, whatever the locale.
 *
 * strtod follows the locale of the process, which a program that embeds Sluice may have set to one
 * with decimal commas. May include the C library only. */
#ifndef SL_BASE_REAL_H
#define SL_BASE_REAL_H

/* strtod in the C locale: correctly rounded, *end (may be NULL) after what was read. Thread-safe.
 */
double sl_real_parse(const char *text, const char **end);

#endif
