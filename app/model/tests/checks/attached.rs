//! LUNs of an iSCSI target that the host is logged in to already.

use crate::fixture::{by_id, good};
use hosted_deploy_model::check::{Check, Status, checks};
use hosted_deploy_model::storage::{Content, ContentKind, Discovery, IscsiFound, Lun, PathState, Target};

const LOOKED: &str = include_str!("../fixtures/storage/iscsi-attached.look");
/// In use on the host through multipath, on it as a single disk, and not on it.
const USED: &str = "360000000000000000e00e6b900000003";
const SINGLE: &str = "360000000000000000e00e5a500000003";
const FREE: &str = "360000000000000000e00e5a500000004";

/// What the portals told: three empty LUNs on two portals each.
fn told() -> Vec<Target> {
    let path = |via: &str| PathState { via: via.to_owned(), good: true, state: "answers".to_owned() };
    let lun = |id: &str| Lun {
        id: id.to_owned(),
        size_bytes: 107_374_182_400,
        logical_block: 512,
        paths: vec![path("192.0.2.10:3260"), path("192.0.2.11:3260")],
        contents: Some(Vec::new()),
        ..Lun::default()
    };
    let luns = [USED, SINGLE, FREE].map(lun).to_vec();
    vec![Target { name: "iqn.2024-01.example:he".to_owned(), asked: true, luns, ..Target::default() }]
}

fn found() -> IscsiFound {
    let Ok(Discovery::Iscsi(looked)) = Discovery::parse("T", LOOKED.as_bytes()) else { panic!("no iSCSI") };
    assert_eq!(looked.initiator, "iqn.1994-05.com.redhat:host1");
    let mut found = IscsiFound { targets: told(), ..looked };
    found.join_attached();
    found
}

fn lun(id: &str) -> Lun {
    found().targets.into_iter().flat_map(|target| target.luns).find(|lun| lun.id == id).expect("a LUN")
}

fn judged(id: &str) -> Vec<Check> {
    let mut facts = good().facts();
    facts.storage = Some(Discovery::Iscsi(found()));
    let mut answers = good().answers();
    answers.storage = serde_json::from_value(serde_json::json!({
        "iscsi": {"portals": ["192.0.2.10"], "target": "iqn.2024-01.example:he", "lun_id": id}
    }))
    .expect("storage");
    checks(&answers, &facts)
}

#[test]
fn what_the_host_has_of_a_lun_stands_beside_what_the_portals_told() {
    let used = lun(USED);
    assert_eq!(used.device, "dm-4");
    let paths: Vec<_> =
        used.host_paths.iter().map(|path| (path.via.as_str(), path.good, path.state.as_str())).collect();
    assert_eq!(paths, [("7:0:0:3 sdi", true, "active ready running"), ("9:0:0:3 sdm", false, "failed faulty running")]);
    let on_it = |kind, name: &str| Content { kind, name: name.to_owned() };
    assert_eq!(
        used.contents.as_deref(),
        Some(
            [
                on_it(ContentKind::VolumeGroup, "vg_site"),
                on_it(ContentKind::Volume, "vg_site-data"),
                on_it(ContentKind::Mount, "/srv/data"),
            ]
            .as_slice()
        )
    );
    // A disk that multipath does not hold is known by sysfs alone: lsblk cuts its name after 16 digits.
    let single = lun(SINGLE);
    assert_eq!(single.device, "sdp");
    assert!(single.host_paths.iter().any(|path| path.state == "no multipath"), "{single:?}");
    assert_eq!(single.is_free(), Some(true));
    let free = lun(FREE);
    assert_eq!((free.device.as_str(), free.host_paths.len()), ("", 0));
}

#[test]
fn a_lun_that_the_host_uses_or_has_a_broken_path_to_is_no_good_one() {
    let checks = judged(USED);
    let unused = by_id(&checks, "storage-lun-unused");
    assert_eq!(unused.status, Status::Failed);
    assert!(unused.evidence.en.contains("mounted at /srv/data"), "{}", unused.evidence.en);
    let paths = by_id(&checks, "storage-lun-paths");
    assert_eq!(paths.status, Status::Failed);
    assert!(paths.evidence.en.contains("9:0:0:3 sdm failed faulty running"), "{}", paths.evidence.en);
    for id in [SINGLE, FREE] {
        let checks = judged(id);
        for check in ["storage-lun-unused", "storage-lun-paths"] {
            assert_eq!(by_id(&checks, check).status, Status::Passed, "{id} {check}");
        }
    }
}
