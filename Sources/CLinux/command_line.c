#include "command_line.h"
#include <stddef.h>
#include <unistd.h>

void cl_getopt_long(int argc, char **argv, const char *shorts, const struct option *longs, int first,
                    struct cl_option_found *found) {
  opterr = 0;
  if (first) optind = 0;
  found->value = getopt_long(argc, argv, shorts, longs, NULL);
  found->offending = optopt;
  found->next = optind;
  found->argument = optarg;
}

char **cl_environment(void) { return environ; }
