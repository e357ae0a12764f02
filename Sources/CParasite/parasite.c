#include "parasite.h"
