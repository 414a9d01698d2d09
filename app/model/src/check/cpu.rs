//! Processor and virtualization. Deployment guide, "CPU requirements" and "Device assignment".

use super::cpu_type;
use super::rule::{Case, Group, Rule, Severity, Step, Verdict, plain, text};

const fn rule(id: &'static str, severity: Severity, judge: fn(&Case<'_>) -> Verdict) -> Rule {
    Rule::new(id, Group::Cpu, severity, judge)
}

pub(super) const RULES: &[Rule] = &[
    rule("cpu-architecture", Severity::Blocker, architecture)
        .mandatory()
        .title("The host is x86_64 or ppc64le", "ホストのアーキテクチャーが x86_64 または ppc64le である")
        .remedy(
            "Choose a host with an Intel 64, AMD64 or IBM POWER processor.",
            "Intel 64、AMD64、または IBM POWER プロセッサーのホストを選んでください。",
        ),
    rule("cpu-virtualization", Severity::Blocker, virtualization)
        .title("The processor offers hardware virtualization (vmx or svm)", "CPU がハードウェア仮想化 (vmx/svm) に対応している")
        .remedy(
            "Switch on Intel VT-x or AMD-V in the firmware; in a virtual machine, give it the host's CPU with nested virtualization. Then power the machine off and on.",
            "ファームウェアで Intel VT-x または AMD-V を有効にしてください。仮想マシンの場合は、ネストした仮想化を有効にしてホスト CPU を渡してください。その後、電源を入れ直してください。",
        ),
    rule("cpu-nx", Severity::Blocker, nx)
        .title("The processor has the no-execute flag (nx)", "CPU に nx (実行防止) フラグがある")
        .remedy(
            "Switch on \"Execute Disable\" (Intel) or \"No-execute page protection\" (AMD) in the firmware.",
            "ファームウェアで「Execute Disable」(Intel) または「No-execute page protection」(AMD) を有効にしてください。",
        ),
    rule("cpu-kvm-usable", Severity::Blocker, kvm)
        .title("/dev/kvm can be used", "/dev/kvm を使用できる")
        .remedy(
            "Load the module; if it is refused (\"disabled by bios\" in the kernel log), switch virtualization on in the firmware and power-cycle.",
            "モジュールを読み込んでください。カーネルログに「disabled by bios」と出る場合は、ファームウェアで仮想化を有効にして電源を入れ直してください。",
        ),
    rule("cpu-family", Severity::Warning, family)
        .title("The processor belongs to a family that clusters support", "CPU がクラスターでサポートされる系列に属する")
        .remedy(
            "Use a processor from AMD Opteron G4 or Intel Nehalem onwards, or IBM POWER8 onwards; the engine sets a host with an unknown one to non-operational.",
            "AMD Opteron G4 以降、Intel Nehalem 以降、または IBM POWER8 以降の CPU を使用してください。未対応の CPU のホストは non-operational になります。",
        ),
    rule("cpu-cluster-type", Severity::Blocker, cluster_type)
        .title("The host can be of the cluster CPU type asked for", "指定されたクラスター CPU タイプにホストが対応している")
        .remedy(
            "Choose one of the types that the host supports, or leave the CPU type out so that it is detected.",
            "ホストが対応するタイプを選ぶか、CPU タイプを指定せず自動検出に任せてください。",
        )
        .at(Step::Engine, "engine.cluster_cpu_type"),
    rule("cpu-count", Severity::Warning, count)
        .title("The host has at least 4 processors", "ホストに 4 個以上の論理プロセッサーがある")
        .remedy(
            "The engine VM alone should have 4; give the host more processors or expect a slow engine.",
            "エンジン VM だけで 4 個が推奨です。プロセッサーを増やしてください。少ないとエンジンの動作が遅くなります。",
        ),
    rule("engine-vcpus-fit", Severity::Blocker, vcpus_fit)
        .title("The engine VM gets no more virtual CPUs than the host has", "エンジン VM の仮想 CPU 数がホストの論理プロセッサー数以下である")
        .remedy("Ask for fewer virtual CPUs.", "仮想 CPU 数を減らしてください。")
        .at(Step::Vm, "engine_vm.vcpus"),
    rule("engine-vcpus-recommended", Severity::Advice, vcpus_recommended)
        .title("The engine VM gets 4 virtual CPUs", "エンジン VM に 4 個の仮想 CPU がある")
        .remedy("2 is the minimum, 4 is recommended.", "最小は 2、推奨は 4 です。")
        .at(Step::Vm, "engine_vm.vcpus"),
    rule("host-not-virtual", Severity::Warning, bare_metal)
        .title("The host is a physical machine", "ホストが物理マシンである")
        .remedy(
            "Nested virtualization is for trying out: it is slow and unsupported in production. Use a physical host.",
            "ネストした仮想化は検証用です。低速で、本番環境ではサポートされません。物理ホストを使用してください。",
        ),
    rule("cpu-iommu", Severity::Advice, iommu)
        .title("The IOMMU is on", "IOMMU が有効である")
        .remedy(
            "Only for passing PCI devices to VMs: switch on VT-d or AMD-Vi in the firmware, add the kernel option and reboot.",
            "PCI デバイスを VM に割り当てる場合のみ必要です。ファームウェアで VT-d または AMD-Vi を有効にし、カーネルオプションを追加して再起動してください。",
        ),
];

fn power(case: &Case<'_>) -> bool {
    case.facts.host.machine.starts_with("ppc64")
}

fn architecture(case: &Case<'_>) -> Verdict {
    match case.facts.host.machine.as_str() {
        "" => Verdict::unread("uname -m"),
        machine => Verdict::of(matches!(machine, "x86_64" | "ppc64le"), plain(machine)),
    }
}

fn virtualization(case: &Case<'_>) -> Verdict {
    let cpu = &case.facts.cpu;
    if power(case) {
        return Verdict::not_here(
            "POWER has no such flag; see cpu-kvm-usable.",
            "POWER にはこのフラグがありません (cpu-kvm-usable を参照)。",
        );
    }
    if cpu.flags.is_empty() {
        return Verdict::unread("/proc/cpuinfo");
    }
    match ["vmx", "svm"].into_iter().find(|flag| cpu.flags.contains(*flag)) {
        Some(flag) => Verdict::Passed(plain(format!("{flag} ({})", cpu.name))),
        // A hypervisor may hide the flag and still offer virtualization; what works, works.
        None if cpu.kvm_opened == Some(true) => Verdict::Passed(plain("/dev/kvm")),
        None => {
            let name = &cpu.name;
            Verdict::of(false, text!("{name} shows neither vmx nor svm.", "{name} に vmx も svm もありません。"))
        }
    }
}

fn nx(case: &Case<'_>) -> Verdict {
    let cpu = &case.facts.cpu;
    if power(case) {
        return Verdict::not_here("POWER has no such flag.", "POWER にはこのフラグがありません。");
    }
    if cpu.flags.is_empty() {
        return Verdict::unread("/proc/cpuinfo");
    }
    let found = cpu.flags.contains("nx");
    Verdict::of(found, plain(if found { "nx" } else { "nx –" }))
}

fn kvm(case: &Case<'_>) -> Verdict {
    let cpu = &case.facts.cpu;
    let module = match cpu.vendor.as_str() {
        "GenuineIntel" => "kvm_intel",
        vendor if vendor.starts_with("POWER") => "kvm_hv",
        _ => "kvm_amd",
    };
    match (cpu.kvm_present, cpu.kvm_opened) {
        (Some(true), Some(true)) => Verdict::Passed(plain("/dev/kvm")),
        (Some(false), _) => Verdict::of(
            false,
            text!(
                "There is no /dev/kvm: the module is not loaded, or the firmware switched virtualization off.",
                "/dev/kvm がありません。モジュールが読み込まれていないか、ファームウェアで仮想化が無効になっています。"
            ),
        )
        .fix(format!("modprobe {module} && dmesg | grep -i kvm")),
        (Some(true), Some(false)) if case.facts.host.uid != Some(0) => Verdict::Unknown(text!(
            "/dev/kvm is there, but this session may not open it.",
            "/dev/kvm はありますが、このセッションには開く権限がありません。"
        )),
        (Some(true), Some(false)) => {
            Verdict::of(false, text!("/dev/kvm is there, but cannot be opened.", "/dev/kvm はありますが、開けません。"))
                .fix(format!("modprobe -r {module} && modprobe {module} && dmesg | grep -i kvm"))
        }
        _ => Verdict::unread("/dev/kvm"),
    }
}

fn family(case: &Case<'_>) -> Verdict {
    let cpu = &case.facts.cpu;
    if cpu.vendor.is_empty() {
        return Verdict::unread("/proc/cpuinfo");
    }
    let name = &cpu.name;
    match cpu_type::supported(cpu).last() {
        Some(kind) => {
            let kind = kind.name;
            Verdict::Passed(text!("{name}: cluster CPU type {kind}", "{name}: クラスター CPU タイプ {kind}"))
        }
        None => {
            let vendor = &cpu.vendor;
            Verdict::of(
                false,
                text!(
                    "{vendor}, {name}: no cluster CPU type fits.",
                    "{vendor}、{name}: 該当するクラスター CPU タイプがありません。"
                ),
            )
        }
    }
}

fn cluster_type(case: &Case<'_>) -> Verdict {
    let Some(wanted) = case.answers.engine.cluster_cpu_type.as_deref() else {
        return Verdict::not_here("The type is detected.", "タイプは自動検出されます。");
    };
    if case.facts.cpu.vendor.is_empty() {
        return Verdict::unread("/proc/cpuinfo");
    }
    let Some(kind) = cpu_type::named(wanted) else {
        return Verdict::Unknown(text!("{wanted}: no type known here.", "{wanted}: 既知のタイプではありません。"));
    };
    let supported = cpu_type::supported(&case.facts.cpu);
    let names = super::rule::listed(supported.iter().map(|kind| kind.name));
    Verdict::of(
        supported.contains(&kind),
        text!("{wanted}; the host supports: {names}", "{wanted} (ホストの対応: {names})"),
    )
}

fn count(case: &Case<'_>) -> Verdict {
    match case.facts.processors {
        0 => Verdict::unread("/proc/cpuinfo"),
        count => Verdict::of(count >= 4, plain(count.to_string())),
    }
}

fn vcpus_fit(case: &Case<'_>) -> Verdict {
    let (Some(wanted), host) = (case.answers.engine_vm.vcpus, case.facts.processors) else {
        return Verdict::not_here("Chosen to fit the host.", "ホストに合わせて決まります。");
    };
    if host == 0 {
        return Verdict::unread("/proc/cpuinfo");
    }
    Verdict::of(wanted <= host, text!("{wanted} asked for, the host has {host}", "指定 {wanted}、ホスト {host}"))
}

fn vcpus_recommended(case: &Case<'_>) -> Verdict {
    let host = case.facts.processors;
    let wanted = case.answers.engine_vm.vcpus.unwrap_or_else(|| host.min(4));
    if wanted == 0 {
        return Verdict::unread("/proc/cpuinfo");
    }
    Verdict::of(wanted >= 4, plain(wanted.to_string()))
}

fn bare_metal(case: &Case<'_>) -> Verdict {
    let host = &case.facts.host;
    match host.virtualization.as_str() {
        "" => Verdict::unread("systemd-detect-virt"),
        "none" => Verdict::Passed(plain(if host.product.is_empty() { "none" } else { &host.product })),
        kind => {
            let nested = match case.facts.cpu.nested {
                Some(true) => "nested=Y",
                Some(false) => "nested=N",
                None => "nested=?",
            };
            Verdict::of(false, plain(format!("{kind} ({}), {nested}", host.product)))
        }
    }
}

fn iommu(case: &Case<'_>) -> Verdict {
    if power(case) {
        return Verdict::not_here("Always on with POWER.", "POWER では常に有効です。");
    }
    let option =
        if case.facts.cpu.vendor == "GenuineIntel" { "intel_iommu=on iommu=pt" } else { "amd_iommu=on iommu=pt" };
    match case.facts.cpu.iommu_groups {
        None => Verdict::unread("/sys/kernel/iommu_groups"),
        Some(0) => Verdict::of(false, text!("no IOMMU groups", "IOMMU グループなし"))
            .fix(format!("grubby --update-kernel=ALL --args='{option}'")),
        Some(groups) => Verdict::Passed(text!("{groups} IOMMU groups", "IOMMU グループ {groups} 個")),
    }
}
