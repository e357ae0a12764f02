#include "firewall.h"
#include <dlfcn.h>
#include <string.h>

/* nftables/libnftables.h, soname 1. */
struct nft_ctx;

int cl_nftables_run(const char *commands, char *message, unsigned long message_byte_count) {
  void *library = dlopen("libnftables.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library) return -1;
  struct nft_ctx *(*make)(unsigned) = (struct nft_ctx * (*)(unsigned)) dlsym(library, "nft_ctx_new");
  void (*end)(struct nft_ctx *) = (void (*)(struct nft_ctx *))dlsym(library, "nft_ctx_free");
  int (*keep_errors)(struct nft_ctx *) = (int (*)(struct nft_ctx *))dlsym(library, "nft_ctx_buffer_error");
  const char *(*errors)(struct nft_ctx *) = (const char *(*)(struct nft_ctx *))dlsym(library, "nft_ctx_get_error_buffer");
  int (*run)(struct nft_ctx *, const char *) =
      (int (*)(struct nft_ctx *, const char *))dlsym(library, "nft_run_cmd_from_buffer");
  if (!make || !end || !keep_errors || !errors || !run) return -1;
  struct nft_ctx *context = make(0);
  if (!context) return -1;
  keep_errors(context);
  int result = run(context, commands);
  const char *text = result ? errors(context) : "";
  strncpy(message, text ? text : "", message_byte_count - 1);
  message[message_byte_count - 1] = 0;
  end(context);
  return result;
}
