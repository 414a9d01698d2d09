//! The newest health as Prometheus reads it: text, version 0.0.4.

use hosted_deploy_model::health::{Health, Level, Verdict};
use std::fmt::Write as _;

/// One host's newest health and its age in seconds.
#[derive(Debug)]
pub struct Sample<'a> {
    /// The host that was read.
    pub host: &'a str,
    /// Seconds since.
    pub age_secs: u64,
    /// What was found.
    pub health: &'a Health,
}

/// All samples as one text.
pub fn text(samples: &[Sample<'_>]) -> String {
    let mut out = String::new();
    metric(
        &mut out,
        "hosted_engine_up",
        "1 when the engine answers, 0 when it does not; absent when that is not known.",
        samples,
        |s| {
            let up = match s.health.verdict {
                Verdict::Healthy | Verdict::Degraded => 1,
                Verdict::Down => 0,
                Verdict::Unknown => return Vec::new(),
            };
            vec![(engine(s), up.to_string())]
        },
    );
    metric(&mut out, "hosted_engine_verdict", "0 healthy, 1 degraded, 2 down, 3 unknown.", samples, |s| {
        vec![(engine(s), s.health.verdict.code().to_string())]
    });
    metric(&mut out, "hosted_engine_read_age_seconds", "Age of what these metrics were made of.", samples, |s| {
        vec![(engine(s), s.age_secs.to_string())]
    });
    metric(&mut out, "hosted_engine_global_maintenance", "1 in global maintenance.", samples, |s| {
        let known = s.health.global_maintenance.map(|on| (engine(s), u8::from(on).to_string()));
        known.into_iter().collect()
    });
    metric(&mut out, "hosted_engine_certificate_days", "Days until the engine's certificate ends.", samples, |s| {
        s.health.certificate_days.map(|days| (engine(s), days.to_string())).into_iter().collect()
    });
    metric(
        &mut out,
        "hosted_engine_storage_free_bytes",
        "Free space of the hosted-engine storage domain.",
        samples,
        |s| {
            s.health.storage_free_kib.map(|kib| (engine(s), kib.saturating_mul(1024).to_string())).into_iter().collect()
        },
    );
    metric(&mut out, "hosted_engine_storage_size_bytes", "Size of the hosted-engine storage domain.", samples, |s| {
        s.health.storage_size_kib.map(|kib| (engine(s), kib.saturating_mul(1024).to_string())).into_iter().collect()
    });
    metric(&mut out, "hosted_engine_host_score", "Score of a host, 0 to 3400.", samples, |s| {
        let scored = s.health.hosts.iter().filter_map(|host| Some((host, host.score?)));
        scored.map(|(host, score)| (one("host", &host.name), score.to_string())).collect()
    });
    metric(
        &mut out,
        "hosted_engine_host_live",
        "1 when the host wrote its state within the last minute.",
        samples,
        |s| {
            let listed = s.health.hosts.iter().filter_map(|host| Some((host, host.live?)));
            listed.map(|(host, live)| (one("host", &host.name), u8::from(live).to_string())).collect()
        },
    );
    metric(&mut out, "hosted_engine_finding", "1 for each trouble that was found.", samples, |s| {
        let troubles = s.health.findings.iter().filter(|finding| finding.level == Level::Trouble);
        let mut all: Vec<(String, String)> = troubles
            .map(|finding| (format!("{},{}", one("id", &finding.id), one("host", &finding.host)), "1".to_owned()))
            .collect();
        all.dedup();
        all
    });
    out
}

fn metric(
    out: &mut String,
    name: &str,
    help: &str,
    samples: &[Sample<'_>],
    values: impl Fn(&Sample<'_>) -> Vec<(String, String)>,
) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge");
    for sample in samples {
        for (labels, value) in values(sample) {
            let _ = writeln!(out, "{name}{{{},{labels}}} {value}", one("read_from", sample.host));
        }
    }
}

fn engine(sample: &Sample<'_>) -> String {
    one("engine", &sample.health.engine)
}

/// `name="value"`, escaped as the format wants it.
fn one(name: &str, value: &str) -> String {
    format!("{name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hosted_deploy_model::health::Unread;
    use hosted_deploy_model::lang::Text;

    #[test]
    fn what_is_not_known_is_absent_and_labels_are_escaped() {
        let unread = Unread { host: "a\"b\\c".into(), why: Text::new("no route", "no route") };
        let health = Health::of(&[], &[unread]);
        let text = text(&[Sample { host: "h:22", age_secs: 7, health: &health }]);
        assert!(text.contains("hosted_engine_verdict{read_from=\"h:22\",engine=\"\"} 3\n"), "{text}");
        assert!(!text.contains("hosted_engine_up{"), "{text}");
        assert!(
            text.contains(r#"hosted_engine_finding{read_from="h:22",id="host-unread",host="a\"b\\c"} 1"#),
            "{text}"
        );
        assert!(text.contains("hosted_engine_read_age_seconds{read_from=\"h:22\",engine=\"\"} 7\n"), "{text}");
    }
}
