/* real.h - doubles to text and back, whatever the locale.
 *
 * strtod and printf follow the locale of the process, which a program that embeds Sluice may have
 * set to one with decimal commas. May include the C library only. Thread-safe. */
#ifndef SL_BASE_REAL_H
#define SL_BASE_REAL_H

/* strtod in the C locale: correctly rounded, *end (may be NULL) after what was read. */
double sl_real_parse(const char *text, const char **end);

enum { SL_REAL_CHARS = 328 }; /* room for any double with up to 6 decimals, and the NUL */
/* The first of printf's %.15g, %.16g and %.17g that reads back as the same value. */
void sl_real_print(char out[SL_REAL_CHARS], double value);
/* printf's %.*f; at most 6 decimals. */
void sl_real_print_fixed(char out[SL_REAL_CHARS], double value, int decimals);

#endif
