import Engine
import Foundation
import Testing

/// The names of `criu check --feature` in 4.2.
private let featuresOf42 = """
  mnt_id mem_dirty_track aio_remap timerfd tun tun_ns userns fdinfo_lock seccomp_suspend seccomp_filters loginuid
  cgroupns autofs tcp_half_closed compat_cr uffd uffd-noncoop can_map_vdso sk_ns sk_unix_file net_diag_raw nsid
  link_nsid kcmp_epoll timens external_net_ns clone3_set_tid newifindex nftables has_ipt_legacy pidfd_store ns_pid
  apparmor_stacking network_lock_nftables sockopt_buf_lock memfd_hugetlb move_mount_set_group openat2 get_rseq_conf
  ipv6_freebind pagemap_scan timer_cr_ids overlayfs_maps breakpoints pagemap_scan_guard_pages
  """.split { $0 == " " || $0 == "\n" }.map(String.init)

@Test func everyFeatureOf42CanBeAskedFor() {
  #expect(featuresOf42.count == 45)
  for name in featuresOf42 { #expect(Feature.named(name) != nil, "\(name)") }
}

@Test func featureNamesAreUniqueAndListed() throws {
  let names = Feature.all.map(\.name)
  #expect(Set(names).count == names.count)
  #expect(try Program.criu("check", "--feature", "list").output == names.map { $0 + "\n" }.joined())
}

/// Probes make namespaces and trace children.
@Suite(.enabled(if: geteuid() == 0, "needs root"), .serialized)
struct CheckTests {
  @Test func thisKernelLooksGood() throws {
    let run = try Program.criu("check")
    #expect(run.status == 0 && run.output == "Looks good.\n" && run.errors.isEmpty)
  }

  @Test(arguments: ["clone3_set_tid", "mnt_id", "kcmp_epoll", "ns_pid", "timerfd"])
  func aFeatureOfEverySupportedKernelIsFound(_ name: String) throws {
    let run = try Program.criu("check", "--no-default-config", "-verbosity=0", "--feature", name)
    #expect(run.status == 0 && run.output == "\(name) is supported\n")
  }

  /// Answers must come from the kernel: it is made to refuse, and so must we.
  @Test func aFeatureThatTheKernelRefusesIsNotSupported() throws {
    let run = try Program.run(
      "/usr/bin/setpriv",
      ["--bounding-set=-sys_admin", "--inh-caps=-sys_admin", Program.path, "check", "--feature", "timens"])
    #expect(run.status == 1 && run.output.isEmpty && run.errors.contains("timens"))
  }

  @Test func whatIsMissingOfTheExtraFeaturesIsAWarning() throws {
    let run = try Program.criu("check", "--all")
    #expect(!run.errors.contains("Error"))
    #expect((run.status == 0) == run.errors.isEmpty)
    #expect(run.output.hasPrefix("Looks good"))
  }

  @Test func probesLeaveNothingBehind() throws {
    func surroundings() throws -> [String] {
      try ["/proc/self/mountinfo", "/proc/net/dev"].map {
        let text = try String(contentsOfFile: $0, encoding: .utf8)
        // Traffic of others.
        return $0 == "/proc/net/dev" ? text.split(separator: "\n").map { $0.prefix { $0 != ":" } }.joined() : text
      }
    }
    let before = try surroundings()
    _ = try Program.criu("check", "--all")
    #expect(try surroundings() == before)
  }
}
