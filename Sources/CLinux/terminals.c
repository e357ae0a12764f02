#include "terminals.h"
#include <asm/termbits.h>
#include <asm/ioctls.h>
#include <stddef.h>

_Static_assert(sizeof(struct cl_termios) == sizeof(struct termios), "struct termios");
_Static_assert(offsetof(struct cl_termios, control_characters) == offsetof(struct termios, c_cc), "struct termios");
_Static_assert(CL_TCGETS == TCGETS && CL_TCSETS == TCSETS && CL_TIOCEXCL == TIOCEXCL, "TC");
_Static_assert(CL_TIOCSCTTY == TIOCSCTTY && CL_TIOCGPGRP == TIOCGPGRP && CL_TIOCSPGRP == TIOCSPGRP, "TIOC");
_Static_assert(CL_TIOCGWINSZ == TIOCGWINSZ && CL_TIOCSWINSZ == TIOCSWINSZ && CL_FIONREAD == FIONREAD, "TIOC");
_Static_assert(CL_TIOCPKT == TIOCPKT && CL_TIOCGSID == TIOCGSID, "TIOC");
_Static_assert(CL_TIOCGLCKTRMIOS == TIOCGLCKTRMIOS && CL_TIOCSLCKTRMIOS == TIOCSLCKTRMIOS, "TIOC");
