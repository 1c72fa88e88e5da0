/* analyzer.h - tells clang-tidy what it cannot see across files: sl_fail returns the code it is
 * given, which is never SL_OK. Without it, "failed, so *out is unset" looks like "succeeded".
 * tools/check puts this before every file but base/error.c. */
#include <sluice/error.h>

#define sl_fail(err, code, ...)         ((void)(sl_fail)(err, code, __VA_ARGS__), (code))
#define sl_fail_errno(err, number, ...) ((void)(sl_fail_errno)(err, number, __VA_ARGS__), SL_EIO)
