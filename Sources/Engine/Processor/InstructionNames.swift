internal import Linux

/// Abilities that programs use by instructions, under the names of /proc/cpuinfo. A restored program may have found
/// each of them on the processor that it was dumped on, and use it again without asking.
enum InstructionNames {
  /// By word, then by bit.
  static let all: [Int: [Int: String]] = [
    ProcessorX86.Word.leaf1EDX: [
      0: "fpu", 4: "tsc", 8: "cx8", 15: "cmov", 19: "clflush", 23: "mmx", 24: "fxsr", 25: "sse", 26: "sse2",
    ],
    ProcessorX86.Word.extended1EDX: [
      11: "syscall", 22: "mmxext", 25: "fxsr_opt", 27: "rdtscp", 29: "lm", 30: "3dnowext", 31: "3dnow",
    ],
    ProcessorX86.Word.leaf1ECX: [
      0: "pni", 1: "pclmulqdq", 9: "ssse3", 12: "fma", 13: "cx16", 19: "sse4_1", 20: "sse4_2", 22: "movbe",
      23: "popcnt", 25: "aes", 26: "xsave", 27: "osxsave", 28: "avx", 29: "f16c", 30: "rdrand",
    ],
    ProcessorX86.Word.extended1ECX: [
      0: "lahf_lm", 5: "abm", 6: "sse4a", 7: "misalignsse", 8: "3dnowprefetch", 11: "xop", 16: "fma4", 21: "tbm",
    ],
    ProcessorX86.Word.leaf7EBX: [
      0: "fsgsbase", 3: "bmi1", 4: "hle", 5: "avx2", 8: "bmi2", 11: "rtm", 14: "mpx", 16: "avx512f", 17: "avx512dq",
      18: "rdseed", 19: "adx", 21: "avx512ifma", 23: "clflushopt", 24: "clwb", 26: "avx512pf", 27: "avx512er",
      28: "avx512cd", 29: "sha_ni", 30: "avx512bw", 31: "avx512vl",
    ],
    ProcessorX86.Word.leafDSub1EAX: [0: "xsaveopt", 1: "xsavec", 2: "xgetbv1", 3: "xsaves"],
    ProcessorX86.Word.leaf7ECX: [
      1: "avx512vbmi", 3: "pku", 4: "ospke", 5: "waitpkg", 6: "avx512_vbmi2", 8: "gfni", 9: "vaes", 10: "vpclmulqdq",
      11: "avx512_vnni", 12: "avx512_bitalg", 14: "avx512_vpopcntdq", 22: "rdpid", 25: "cldemote", 27: "movdiri",
      28: "movdir64b", 29: "enqcmd",
    ],
    ProcessorX86.Word.extended8EBX: [0: "clzero", 4: "rdpru"],
    ProcessorX86.Word.leaf7EDX: [
      2: "avx512_4vnniw", 3: "avx512_4fmaps", 8: "avx512_vp2intersect", 14: "serialize", 22: "amx_bf16",
      23: "avx512_fp16", 24: "amx_tile", 25: "amx_int8",
    ],
  ]

  /// State components of an XSAVE area, by bit.
  static let components: [Int: String] = [
    0: "x87", 1: "sse", 2: "avx", 3: "bndregs", 4: "bndcsr", 5: "opmask", 6: "zmm_hi256", 7: "hi16_zmm", 9: "pkru",
    17: "tilecfg", 18: "tiledata",
  ]

  static func name(_ word: Int, _ bit: Int) -> String { all[word]?[bit] ?? "word \(word) bit \(bit)" }
}
