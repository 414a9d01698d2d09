//! What a probe must ask so that the rules can judge these answers.

use super::rule::Case;
use super::storage::server;
use crate::answers::{Answers, NfsVersion, StorageType, TestMethod};
use crate::facts::{Facts, Questions};

/// The questions for answers. The host's own name and its gateway need none: every probe asks about them.
pub fn questions(answers: &Answers) -> Questions {
    let facts = Facts::default();
    let case = Case::new(answers, &facts);
    let mut asked = Questions::default();
    let storage_server = server(&case);
    let names = [case.host_name(), case.engine_name(), storage_server];
    for name in names.into_iter().flatten().filter(|name| name.parse::<std::net::IpAddr>().is_err()) {
        if !asked.names.iter().any(|known| known == name) {
            asked.names.push(name.to_owned());
        }
    }
    asked.name_servers = answers.engine_vm.dns.iter().filter_map(|server| server.parse().ok()).collect();
    asked.addresses.extend(case.engine_ip());
    asked.living.extend(case.engine_ip());
    ports(&case, &mut asked);
    let appliance = answers.appliance.ova.iter().chain(&answers.appliance.image);
    let backup = answers.restore.iter().filter_map(|restore| restore.file.as_ref());
    asked.files = appliance.chain(backup).cloned().collect();
    asked.directories.extend(answers.advanced.local_vm_directory.clone());
    asked
}

fn kind(answers: &Answers) -> Option<StorageType> {
    answers.storage.as_ref()?.storage_type()
}

fn ports(case: &Case<'_>, asked: &mut Questions) {
    let answers = case.answers;
    match (kind(answers), server(case)) {
        (Some(StorageType::Nfs), Some(server)) => {
            asked.ports.push((server.to_owned(), 2049));
            let nfs = answers.storage.as_ref().and_then(|storage| storage.nfs.as_ref());
            if matches!(nfs.and_then(|nfs| nfs.version).unwrap_or_default(), NfsVersion::Auto | NfsVersion::V3) {
                asked.ports.push((server.to_owned(), 111));
            }
        }
        (Some(StorageType::Glusterfs), Some(server)) => asked.ports.push((server.to_owned(), 24007)),
        (Some(StorageType::Iscsi), _) => {
            let iscsi = answers.storage.as_ref().and_then(|storage| storage.iscsi.as_ref());
            let portals = iscsi.map(|iscsi| iscsi.parsed_portals()).unwrap_or_default();
            asked.ports.extend(portals.iter().map(|portal| (portal.address.to_string(), portal.port)));
        }
        _ => {}
    }
    if let Some(server) = answers.engine.smtp_server.as_deref().filter(|server| *server != "localhost") {
        asked.ports.push((server.to_owned(), answers.engine.smtp_port.unwrap_or(25)));
    }
    let test = &answers.network_test;
    if let (Some(TestMethod::Tcp), Some(address), Some(port)) = (test.method, &test.tcp_address, test.tcp_port) {
        asked.ports.push((address.clone(), port));
    }
}
