/* What Swift cannot import for terminals (ioctl_tty(2)): numbers and layouts. terminals.c checks them. */
#pragma once
#include <stdint.h>

/* The kernel's struct termios, which is shorter than the C library's. */
struct cl_termios {
  uint32_t input_flags, output_flags, control_flags, local_flags;
  uint8_t line_discipline, control_characters[19];
};

/* struct winsize. */
struct cl_winsize {
  uint16_t rows, columns, pixel_width, pixel_height;
};

enum : uint32_t {
  CL_TCGETS = 0x5401,
  CL_TCSETS = 0x5402,
  CL_TIOCEXCL = 0x540C,
  CL_TIOCSCTTY = 0x540E,
  CL_TIOCGPGRP = 0x540F,
  CL_TIOCSPGRP = 0x5410,
  CL_TIOCGWINSZ = 0x5413,
  CL_TIOCSWINSZ = 0x5414,
  CL_FIONREAD = 0x541B,
  CL_TIOCPKT = 0x5420,
  CL_TIOCGSID = 0x5429,
  CL_TIOCGPTPEER = 0x5441,
  CL_TIOCGLCKTRMIOS = 0x5456,
  CL_TIOCSLCKTRMIOS = 0x5457,
  CL_TIOCGPTN = 0x80045430,
  CL_TIOCSPTLCK = 0x40045431,
  CL_TIOCGPKT = 0x80045438,
  CL_TIOCGPTLCK = 0x80045439,
  CL_TIOCGEXCL = 0x80045440,
};
