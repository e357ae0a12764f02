/* getopt_long(3) with its globals as a value, since Swift may not read them. */
#pragma once
#include <getopt.h>

struct cl_option_found {
  int value;            /* what it returned; -1 after the last option */
  int offending;        /* optopt */
  int next;             /* optind */
  const char *argument; /* optarg, or NULL */
};

/* Prints no messages. `first` starts a new argument vector. */
void cl_getopt_long(int argc, char **argv, const char *shorts, const struct option *longs, int first,
                    struct cl_option_found *found);
