internal import CParasite
internal import Linux

/// Turns what the parasite could not read into a failure (state.h, enum parasite_state_item).
func checkParasite(error: Int32, item: UInt32, detail: UInt32, subject: String) throws(Failure) {
  guard error != 0 else { return }
  let words: String =
    switch parasite_state_item(item) {
    case PARASITE_ITEM_TID_ADDRESS: "address to clear at its end"
    case PARASITE_ITEM_ROBUST_LIST: "robust futex list"
    case PARASITE_ITEM_ALTERNATE_STACK: "alternate signal stack"
    case PARASITE_ITEM_PARENT_DEATH_SIGNAL: "parent-death signal"
    case PARASITE_ITEM_NAME: "name"
    case PARASITE_ITEM_SECUREBITS: "securebits"
    case PARASITE_ITEM_NO_NEW_PRIVILEGES: "no_new_privs flag"
    case PARASITE_ITEM_CAPABILITIES: "capabilities"
    case PARASITE_ITEM_IDS: "user and group ids"
    case PARASITE_ITEM_GROUPS: "supplementary groups"
    case PARASITE_ITEM_SCHEDULER: "scheduling"
    case PARASITE_ITEM_SIGACTION: "action of signal \(detail)"
    case PARASITE_ITEM_ITIMER: "interval timer \(detail)"
    case PARASITE_ITEM_TIMER: "timer \(detail)"
    case PARASITE_ITEM_DUMPABLE: "dumpable flag"
    case PARASITE_ITEM_HUGE_PAGES: "setting of transparent huge pages"
    case PARASITE_ITEM_SUBREAPER: "child subreaper flag"
    default: "state (item \(item))"
    }
  let remedy =
    parasite_state_item(item) == PARASITE_ITEM_TID_ADDRESS
    ? "The kernel must have CONFIG_CHECKPOINT_RESTORE."
    : "A seccomp filter of the program may forbid the call: run as root, so that filters are suspended."
  throw Failure("read the \(words)", subject, Errno(error), remedy: remedy)
}
