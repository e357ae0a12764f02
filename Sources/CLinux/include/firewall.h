/* libnftables, opened on first use: it takes a millisecond, and few commands need it. */
#pragma once

/* Runs commands in the language of nft(8).
   Returns 0; -1 without the library; else the library's result, with its words in `message`. */
int cl_nftables_run(const char *commands, char *message, unsigned long message_byte_count);
