//! Memory of the host and of the engine VM. The arithmetic is the role's `pre_checks/validate_memory_size.yml`.

use super::rule::{Case, Group, Rule, Severity, Step, Verdict, plain, text};

const fn rule(id: &'static str, severity: Severity, judge: fn(&Case<'_>) -> Verdict) -> Rule {
    Rule::new(id, Group::Memory, severity, judge)
}

pub(super) const RULES: &[Rule] = &[
    rule("memory-host-minimum", Severity::Blocker, host_minimum)
        .title("The host has at least 2 GiB of memory", "ホストに 2 GiB 以上のメモリーがある")
        .remedy("Add memory to the host.", "ホストのメモリーを増設してください。"),
    rule("memory-available", Severity::Blocker, available)
        .of_deployment()
        .title("Enough memory is free for the smallest engine VM (4096 MiB)", "最小のエンジン VM (4096 MiB) に足る空きメモリーがある")
        .remedy(
            "Stop what uses memory on the host (other VMs, reserved huge pages) or add memory. The role counts free + buffers/cache, less 512 MiB for the host, plus 200 MiB of grace.",
            "ホスト上でメモリーを使用しているもの (他の VM、予約された huge pages) を停止するか、増設してください。ロールは空き + バッファー/キャッシュから 512 MiB を引き、200 MiB を加えて計算します。",
        ),
    rule("memory-engine-fits", Severity::Blocker, engine_fits)
        .of_deployment()
        .title("The memory asked for the engine VM is available", "エンジン VM に指定したメモリーが空いている")
        .remedy("Ask for less memory, or free some on the host.", "指定メモリーを減らすか、ホストのメモリーを空けてください。")
        .at(Step::Vm, "engine_vm.memory_mib"),
    rule("memory-engine-minimum", Severity::Blocker, engine_minimum)
        .title("The engine VM gets at least 4096 MiB", "エンジン VM に 4096 MiB 以上のメモリーがある")
        .remedy("Ask for 4096 MiB or more; 16384 MiB are recommended.", "4096 MiB 以上を指定してください。推奨は 16384 MiB です。")
        .at(Step::Vm, "engine_vm.memory_mib"),
    rule("memory-engine-recommended", Severity::Advice, engine_recommended)
        .title("The engine VM gets 16384 MiB", "エンジン VM に 16384 MiB のメモリーがある")
        .remedy(
            "Below 16384 MiB the engine with its Data Warehouse gets slow as hosts and VMs are added.",
            "16384 MiB 未満では、ホストや VM が増えると Data Warehouse を含むエンジンが遅くなります。",
        )
        .at(Step::Vm, "engine_vm.memory_mib"),
    rule("memory-huge-pages", Severity::Warning, huge_pages)
        .title("Reserved huge pages leave memory for the engine VM", "huge pages の予約がエンジン VM のメモリーを圧迫していない")
        .remedy(
            "The engine VM uses ordinary memory. Lower vm.nr_hugepages (or the kernel option hugepages=) and reboot.",
            "エンジン VM は通常のメモリーを使用します。vm.nr_hugepages (またはカーネルオプション hugepages=) を減らして再起動してください。",
        ),
];

/// What the role lets the engine VM have, in MiB, with the free and cached part it is made of.
fn role_maximum(case: &Case<'_>) -> Option<(u64, u64, u64)> {
    let memory = &case.facts.memory;
    let (free, cache) = (memory.free_mib?, memory.cache_mib?);
    let advanced = &case.answers.advanced;
    let (reserved, grace) = (advanced.reserved_memory_mib.unwrap_or(512), advanced.memory_grace_mib.unwrap_or(200));
    Some((free.saturating_add(cache).saturating_add(grace).saturating_sub(reserved), free, cache))
}

fn minimum(case: &Case<'_>) -> u64 {
    case.answers.advanced.minimal_memory_mib.unwrap_or(4096)
}

fn unchecked(case: &Case<'_>) -> bool {
    let advanced = &case.answers.advanced;
    advanced.check_requirements == Some(false) || advanced.check_memory == Some(false)
}

fn wanted(case: &Case<'_>) -> Option<u64> {
    let chosen = || role_maximum(case).map(|(maximum, _, _)| maximum.min(16384));
    case.answers.engine_vm.memory_mib.or_else(chosen)
}

fn host_minimum(case: &Case<'_>) -> Verdict {
    match case.facts.memory.total_mib {
        None => Verdict::unread("/proc/meminfo"),
        // A 2 GiB machine shows some MiB less: the kernel keeps them.
        Some(total) => Verdict::of(total >= 1800, plain(format!("{total} MiB"))),
    }
}

fn available(case: &Case<'_>) -> Verdict {
    let Some((maximum, free, cache)) = role_maximum(case) else { return Verdict::unread("free -m") };
    let minimum = minimum(case);
    let evidence = text!(
        "{maximum} MiB for the engine VM ({free} free + {cache} buffers/cache, less the reserve), {minimum} needed",
        "エンジン VM 用 {maximum} MiB (空き {free} + バッファー/キャッシュ {cache} − 予約)、必要 {minimum} MiB"
    );
    if unchecked(case) {
        return Verdict::NotApplicable(evidence);
    }
    Verdict::of(maximum >= minimum, evidence)
}

fn engine_fits(case: &Case<'_>) -> Verdict {
    let Some(wanted) = case.answers.engine_vm.memory_mib else {
        return Verdict::not_here("Chosen to fit the host.", "ホストに合わせて決まります。");
    };
    let Some((maximum, _, _)) = role_maximum(case) else { return Verdict::unread("free -m") };
    let evidence =
        text!("{wanted} MiB asked for, {maximum} MiB available", "指定 {wanted} MiB、使用可能 {maximum} MiB");
    if unchecked(case) {
        return Verdict::NotApplicable(evidence);
    }
    Verdict::of(wanted <= maximum, evidence)
}

fn engine_minimum(case: &Case<'_>) -> Verdict {
    let Some(wanted) = case.answers.engine_vm.memory_mib else {
        return Verdict::not_here("Chosen to fit the host.", "ホストに合わせて決まります。");
    };
    if unchecked(case) {
        return Verdict::not_here("Switched off by the answers.", "回答により無効化されています。");
    }
    Verdict::of(wanted >= minimum(case), plain(format!("{wanted} MiB")))
}

fn engine_recommended(case: &Case<'_>) -> Verdict {
    match wanted(case) {
        None => Verdict::unread("free -m"),
        Some(wanted) => Verdict::of(wanted >= 16384, plain(format!("{wanted} MiB"))),
    }
}

fn huge_pages(case: &Case<'_>) -> Verdict {
    let memory = &case.facts.memory;
    let Some(total) = memory.total_mib else { return Verdict::unread("/proc/meminfo") };
    let (huge, minimum) = (memory.huge_mib, minimum(case));
    if huge == 0 {
        return Verdict::not_here("No huge pages are reserved.", "huge pages は予約されていません。");
    }
    let left = total.saturating_sub(huge);
    let evidence =
        text!("{huge} of {total} MiB reserved, {left} MiB left", "{total} MiB 中 {huge} MiB を予約、残り {left} MiB");
    Verdict::of(left >= minimum.saturating_add(2048), evidence)
}
