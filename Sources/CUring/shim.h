/* liburing.h defines _XOPEN_SOURCE 500; features.h must come first, or glibc's fd_set differs between modules. */
#include <features.h>
#include <liburing.h>
