//! Which CPU type of a cluster a processor can be.
//!
//! The engine's list (vdc option `ServerCPUList`, cluster levels 4.2 to 4.8) names a type by the flags it needs. The
//! newest type whose flags the host has is the best; every type before it of the same vendor fits as well. The *Secure*
//! variants need the microcode flags that mitigate speculation; their plain forms are listed here.

use crate::facts::Cpu;

/// One CPU type of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CpuType {
    /// Name as the engine writes it.
    pub name: &'static str,
    /// `GenuineIntel`, `AuthenticAMD`, or the POWER generation.
    pub vendor: &'static str,
    /// Flags of /proc/cpuinfo that tell it from the one before.
    pub flags: &'static [&'static str],
}

const fn intel(name: &'static str, flags: &'static [&'static str]) -> CpuType {
    CpuType { name, vendor: "GenuineIntel", flags }
}

const fn amd(name: &'static str, flags: &'static [&'static str]) -> CpuType {
    CpuType { name, vendor: "AuthenticAMD", flags }
}

const fn power(name: &'static str, vendor: &'static str) -> CpuType {
    CpuType { name, vendor, flags: &[] }
}

/// Oldest first within a vendor; each needs the flags of all before it, except where a flag was taken out again.
pub const CPU_TYPES: &[CpuType] = &[
    intel("Intel Nehalem Family", &["sse4_2", "ssse3", "cx16", "popcnt"]),
    intel("Intel Westmere Family", &["aes"]),
    intel("Intel SandyBridge Family", &["avx", "xsave"]),
    intel("Intel IvyBridge Family", &["f16c", "rdrand", "fsgsbase"]),
    intel("Intel Haswell Family", &["avx2", "bmi1", "bmi2", "fma", "movbe"]),
    intel("Intel Broadwell Family", &["adx", "rdseed", "3dnowprefetch"]),
    intel("Intel Skylake Client Family", &["xsavec", "xgetbv1"]),
    intel("Intel Skylake Server Family", &["avx512f", "avx512dq", "avx512cd", "avx512bw", "avx512vl"]),
    intel("Intel Cascadelake Server Family", &["avx512_vnni"]),
    intel("Intel Icelake Server Family", &["avx512_vbmi2", "gfni", "vaes"]),
    intel("Intel Sapphire Rapids Server Family", &["amx_tile", "avx512_bf16"]),
    amd("AMD Opteron G4", &["avx", "xop", "aes", "sse4_2"]),
    amd("AMD Opteron G5", &["f16c", "fma", "tbm"]),
    amd("AMD EPYC", &["avx2", "sha_ni", "rdseed", "clflushopt"]),
    amd("AMD EPYC Rome", &["clwb", "umip", "rdpid"]),
    amd("AMD EPYC Milan", &["vaes", "vpclmulqdq", "invpcid"]),
    amd("AMD EPYC Genoa", &["avx512f", "avx512_vnni", "avx512_bf16"]),
    power("IBM POWER8", "POWER8"),
    power("IBM POWER9", "POWER9"),
    power("IBM POWER10", "POWER10"),
];

/// The types that the processor can be, oldest first; empty for one that no cluster supports.
pub fn supported(cpu: &Cpu) -> Vec<&'static CpuType> {
    if cpu.vendor.starts_with("POWER") {
        let generation = |vendor: &str| vendor.trim_start_matches("POWER").parse::<u32>().unwrap_or_default();
        let word = cpu.vendor.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let own = generation(word);
        let of_power = |kind: &&CpuType| kind.vendor.starts_with("POWER") && generation(kind.vendor) <= own;
        return CPU_TYPES.iter().filter(of_power).collect();
    }
    // Hygon Dhyana is an EPYC of the first generation by licence.
    let vendor = if cpu.vendor == "HygonGenuine" { "AuthenticAMD" } else { cpu.vendor.as_str() };
    let has = |kind: &CpuType| kind.flags.iter().all(|flag| cpu.flags.contains(*flag));
    let candidates: Vec<&CpuType> = CPU_TYPES.iter().filter(|kind| kind.vendor == vendor).collect();
    match vendor {
        // xop, tbm and fma4 left the AMD line with EPYC, so its two families are two ladders.
        "AuthenticAMD" => {
            let (old, new): (Vec<&CpuType>, Vec<&CpuType>) =
                candidates.into_iter().partition(|kind| kind.name.contains("Opteron"));
            let old: Vec<&CpuType> = old.into_iter().take_while(|kind| has(kind)).collect();
            let new: Vec<&CpuType> = new.into_iter().take_while(|kind| has(kind)).collect();
            if new.is_empty() { old } else { new }
        }
        _ => candidates.into_iter().take_while(|kind| has(kind)).collect(),
    }
}

/// A type by the name an answer gives, its `Secure ` prefix and variant words set aside.
pub fn named(name: &str) -> Option<&'static CpuType> {
    let plain = name.trim().trim_start_matches("Secure ").trim();
    let plain = plain.split(" IBRS").next().unwrap_or(plain).split(" SSBD").next().unwrap_or(plain);
    CPU_TYPES.iter().find(|kind| kind.name == plain || plain.replace("-noTSX", "") == kind.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn newest(vendor: &str, flags: &str) -> &'static str {
        let flags = flags.split_whitespace().map(str::to_owned).collect();
        let cpu = Cpu { vendor: vendor.to_owned(), flags, ..Default::default() };
        supported(&cpu).last().map_or("", |kind| kind.name)
    }

    #[test]
    fn the_newest_type_whose_flags_are_there_is_chosen() {
        let haswell = "sse4_2 ssse3 cx16 popcnt aes avx xsave f16c rdrand fsgsbase avx2 bmi1 bmi2 fma movbe";
        assert_eq!(newest("GenuineIntel", haswell), "Intel Haswell Family");
        assert_eq!(newest("GenuineIntel", &haswell.replace("avx2", "")), "Intel IvyBridge Family");
        assert_eq!(newest("AuthenticAMD", "avx avx2 sha_ni rdseed clflushopt aes sse4_2"), "AMD EPYC");
        assert_eq!(newest("AuthenticAMD", "avx xop aes sse4_2 f16c fma tbm"), "AMD Opteron G5");
        assert_eq!(newest("POWER9, altivec supported", ""), "IBM POWER9");
        assert_eq!(newest("GenuineIntel", "sse3"), "");
        assert_eq!(newest("", ""), "");
    }

    #[test]
    fn secure_names_are_their_plain_types() {
        assert_eq!(
            named("Secure Intel Cascadelake Server Family").map(|k| k.name),
            Some("Intel Cascadelake Server Family")
        );
        assert_eq!(named("Intel Haswell-noTSX Family").map(|k| k.name), Some("Intel Haswell Family"));
        assert_eq!(named("Intel Pentium"), None);
    }
}
