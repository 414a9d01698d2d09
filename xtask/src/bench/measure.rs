//! What a command and everything it starts cost: processor time by the kernel's account of ended children, memory by
//! looking at the processes every few milliseconds.

use anyhow::{Context, Result};
use std::collections::HashSet;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

/// What it took.
pub(super) struct Cost {
    /// User and system time of all its processes.
    pub(super) processor_secs: f64,
    /// The greatest sum of its processes' memory, pages that several share counted once (PSS).
    pub(super) memory_mib: f64,
    /// What of it is theirs alone and no page of a program's file (anonymous PSS), at its own greatest.
    pub(super) private_mib: f64,
    /// From start to end.
    pub(super) wall_secs: f64,
}

/// Clock ticks a second in /proc (USER_HZ, 100 on every architecture this runs on).
const TICKS: f64 = 100.0;

/// Runs it to its end, whatever its exit code.
pub(super) fn cost(command: &mut Command) -> Result<Cost> {
    let before = of_children()?;
    let begun = Instant::now();
    let mut child = command.spawn()?;
    let (mut most_kib, mut private_kib) = (0, 0);
    while child.try_wait()?.is_none() {
        let (all, private) = tree(child.id()).into_iter().map(memory_kib).fold((0, 0), |s, m| (s.0 + m.0, s.1 + m.1));
        most_kib = most_kib.max(all);
        private_kib = private_kib.max(private);
        std::thread::sleep(Duration::from_millis(40));
    }
    let wall_secs = begun.elapsed().as_secs_f64();
    let mib = |kib: u64| f64::from(u32::try_from(kib).unwrap_or(u32::MAX)) / 1024.0;
    Ok(Cost {
        processor_secs: of_children()? - before,
        memory_mib: mib(most_kib),
        private_mib: mib(private_kib),
        wall_secs,
    })
}

/// Seconds that ended children of this process took, with theirs (proc(5), cutime and cstime).
fn of_children() -> Result<f64> {
    let text = fs::read_to_string("/proc/self/stat")?;
    let rest = text.rsplit_once(')').context("/proc/self/stat")?.1;
    let ticks = rest.split_whitespace().skip(13).take(2).filter_map(|word| word.parse::<f64>().ok());
    Ok(ticks.sum::<f64>() / TICKS)
}

/// A process and all below it.
fn tree(root: u32) -> HashSet<u32> {
    let mut found = HashSet::from([root]);
    let mut ahead = vec![root];
    while let Some(process) = ahead.pop() {
        let Ok(tasks) = fs::read_dir(format!("/proc/{process}/task")) else { continue };
        for task in tasks.flatten() {
            let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            ahead.extend(
                children.split_whitespace().filter_map(|child| child.parse().ok()).filter(|&child| found.insert(child)),
            );
        }
    }
    found
}

/// All of it, and the anonymous part.
fn memory_kib(process: u32) -> (u64, u64) {
    let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).unwrap_or_default();
    let of = |key: &str| -> u64 {
        let line = text.lines().find_map(|line| line.strip_prefix(key));
        line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
    };
    (of("Pss:"), of("Pss_Anon:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cost_of_a_command_holds_its_children_s() {
        let script = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done & wait";
        let cost = cost(Command::new("sh").args(["-c", script])).unwrap();
        assert!(cost.processor_secs > 0.02, "{} s", cost.processor_secs);
        assert!(cost.memory_mib > 0.1, "{} MiB", cost.memory_mib);
        assert!(cost.private_mib > 0.0 && cost.private_mib < cost.memory_mib, "{} MiB", cost.private_mib);
    }
}
