/* What the C library keeps in globals about the command line and the environment, which Swift may not read. */
#pragma once
#include <getopt.h>

/* What one call of getopt_long(3) found. */
struct cl_option_found {
  int value;            /* what it returned; -1 after the last option */
  int offending;        /* optopt */
  int next;             /* optind */
  const char *argument; /* optarg, or NULL */
};

/* getopt_long(3). Prints no messages. `first` starts a new argument vector. */
void cl_getopt_long(int argc, char **argv, const char *shorts, const struct option *longs, int first,
                    struct cl_option_found *found);

/* environ(7) */
char **cl_environment(void);
