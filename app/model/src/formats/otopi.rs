//! Answer files of `hosted-engine --deploy` (otopi) to `he_*` variables, and so to our own tree.
//!
//! A tolerant reader: sections may lack, keys may stand twice, types may lie. Every key becomes an answer or a notice.

use super::he_vars;
use super::tree::{Entry, Node, Value, clamp};
use super::{Notice, NoticeKind};
use crate::lang::{Text, text};
use crate::problem::{Position, Problem};

/// Keys that are a variable of the role as they are. Section and key, without the prefix `OVEHOSTED_`.
const MAPPED: &[(&str, &str)] = &[
    ("CORE/checkRequirements", "he_requirements_check_enabled"),
    ("CORE/enableKeycloak", "he_enable_keycloak"),
    ("CORE/memCheckRequirements", "he_memory_requirements_check_enabled"),
    ("CORE/pauseonRestore", "he_pause_host"),
    ("CORE/renewPKIonRestore", "he_pki_renew_on_restore"),
    ("CORE/restoreFromFile", "he_restore_from_file"),
    ("CORE/tempDir", "he_local_vm_dir_path"),
    ("ENGINE/adminPassword", "he_admin_password"),
    ("ENGINE/appHostName", "he_host_name"),
    ("ENGINE/clusterName", "he_cluster"),
    ("ENGINE/datacenterName", "he_data_center"),
    ("ENGINE/enableHcGlusterService", "he_enable_hc_gluster_service"),
    ("ENGINE/enableLibgfapi", "he_enable_libgfapi"),
    ("NETWORK/bridgeIf", "he_bridge_if"),
    ("NETWORK/bridgeName", "he_mgmt_network"),
    ("NETWORK/forceIPv4", "he_force_ip4"),
    ("NETWORK/forceIPv6", "he_force_ip6"),
    ("NETWORK/fqdn", "he_fqdn"),
    ("NETWORK/gateway", "he_gateway"),
    ("NETWORK/host_name", "he_host_address"),
    ("NETWORK/network_test", "he_network_test"),
    ("NETWORK/network_test_tcp_address", "he_tcp_t_address"),
    ("NETWORK/network_test_tcp_port", "he_tcp_t_port"),
    ("NETWORK/tcp_t_address", "he_tcp_t_address"),
    ("NETWORK/tcp_t_port", "he_tcp_t_port"),
    ("NOTIF/destEmail", "he_dest_email"),
    ("NOTIF/smtpPort", "he_smtp_port"),
    ("NOTIF/smtpServer", "he_smtp_server"),
    ("NOTIF/sourceEmail", "he_source_email"),
    ("STORAGE/LunID", "he_lun_id"),
    ("STORAGE/discardSupport", "he_discard"),
    ("STORAGE/domainType", "he_domain_type"),
    ("STORAGE/iSCSIDiscoverPassword", "he_iscsi_discover_password"),
    ("STORAGE/iSCSIDiscoverUser", "he_iscsi_discover_username"),
    ("STORAGE/iSCSIPortal", "he_iscsi_tpgt"),
    ("STORAGE/iSCSIPortalIPAddress", "he_iscsi_portal_addr"),
    ("STORAGE/iSCSIPortalPassword", "he_iscsi_password"),
    ("STORAGE/iSCSIPortalPort", "he_iscsi_portal_port"),
    ("STORAGE/iSCSIPortalUser", "he_iscsi_username"),
    ("STORAGE/iSCSITargetName", "he_iscsi_target"),
    ("STORAGE/imgSizeGB", "he_disk_size_GB"),
    ("STORAGE/mntOptions", "he_mount_options"),
    ("STORAGE/nfsVersion", "he_nfs_version"),
    ("STORAGE/storageDomain", "he_storage_domain_name"),
    ("STORAGE/storageDomainName", "he_storage_domain_name"),
    ("VDSM/consoleType", "he_console_type"),
    ("VM/OpenScapProfileName", "he_openscap_profile_name"),
    ("VM/applyOpenSCAP", "he_apply_openscap_profile"),
    ("VM/applyOpenScapProfile", "he_apply_openscap_profile"),
    ("VM/cloudinitRootPwd", "he_appliance_password"),
    ("VM/cloudinitVMDNS", "he_dns_addr"),
    ("VM/cloudinitVMETCHOSTS", "he_vm_etc_hosts"),
    ("VM/cloudinitVMTZ", "he_time_zone"),
    ("VM/enableFips", "he_enable_fips"),
    ("VM/ovfArchive", "he_appliance_ova"),
    ("VM/rootSshAccess", "he_root_ssh_access"),
    ("VM/rootSshPubkey", "he_root_ssh_pubkey"),
    ("VM/vmMACAddr", "he_vm_mac_addr"),
    ("VM/vmMemSizeMB", "he_mem_size_MB"),
    ("VM/vmVCpus", "he_vcpus"),
];

/// Keys that this module reads itself.
const STORAGE_CONNECTION: &str = "STORAGE/storageDomainConnection";
const STATIC_ADDRESS: &str = "VM/cloudinitVMStaticCIDR";
const EMULATED_MACHINE: &str = "VM/emulatedMachine";
const USER_VARIABLES: &str = "CORE/ansibleUserExtraVars";

const CONSENT: &[&str] = &[
    "CORE/confirmSettings",
    "CORE/deployProceed",
    "CORE/forceIpProceed",
    "CORE/rollbackProceed",
    "CORE/screenProceed",
    "CORE/upgradeProceed",
    "ENGINE/insecureSSL",
    "VM/acceptDownloadEApplianceRPM",
];

const PREVIOUS_DEPLOYMENT: &[&str] = &[
    "CORE/localVMDir",
    "STORAGE/GUID",
    "STORAGE/blockDeviceSizeGB",
    "STORAGE/brokerConfContent",
    "STORAGE/confImageSizeGB",
    "STORAGE/confImageUUID",
    "STORAGE/confVolUUID",
    "STORAGE/connectionUUID",
    "STORAGE/fakeMasterSdConnUUID",
    "STORAGE/fakeMasterSdUUID",
    "STORAGE/hostID",
    "STORAGE/imgDesc",
    "STORAGE/imgUUID",
    "STORAGE/lockspaceImageUUID",
    "STORAGE/lockspaceVolumeUUID",
    "STORAGE/metadataImageUUID",
    "STORAGE/metadataVolumeUUID",
    "STORAGE/ovfSizeGB",
    "STORAGE/qcowSizeGB",
    "STORAGE/sdUUID",
    "STORAGE/spUUID",
    "STORAGE/storageAnswerFileContent",
    "STORAGE/storageDatacenterName",
    "STORAGE/storageHEConfContent",
    "STORAGE/vgUUID",
    "STORAGE/vmConfContent",
    "STORAGE/volUUID",
    "VM/applianceMem",
    "VM/applianceVCpus",
    "VM/applianceVersion",
    "VM/cdromUUID",
    "VM/consoleUUID",
    "VM/localVmUUID",
    "VM/nicUUID",
    "VM/subst",
    "VM/vmUUID",
];

/// What follows from other answers, or what the role decides itself.
const DERIVED: &[&str] = &[
    "CORE/heFilteredTokensRE",
    "CORE/heFilteredTokensVars",
    "ENGINE/adminUsername",
    "ENGINE/hostIdentifier",
    "VDSM/cpu",
    "VDSM/engineCpu",
    "VM/automateVMShutdown",
    "VM/cloudInitISO",
    "VM/cloudinitExecuteEngineSetup",
    "VM/cloudinitInstanceDomainName",
    "VM/cloudinitInstanceHostName",
    "VM/maxVCpus",
    "VM/vmCDRom",
];

const OBSOLETE: &[&str] = &[
    "CORE/ansibleDeployment",
    "CORE/etcAnswerFile",
    "CORE/miscReached",
    "CORE/nodeSetup",
    "CORE/rollbackUpgrade",
    "CORE/skipTTYCheck",
    "CORE/upgradingAppliance",
    "CORE/userAnswerFile",
    "ENGINE/allowGlusterReplicaOne",
    "ENGINE/engineSetupTimeout",
    "ENGINE/forceCreateVG",
    "ENGINE/interactiveAdminPassword",
    "ENGINE/promptNonOperational",
    "ENGINE/temporaryCertificate",
    "NETWORK/allowInvalidBondModes",
    "NETWORK/firewallManager",
    "NETWORK/firewalldServices",
    "NETWORK/firewalldSubst",
    "NETWORK/fqdnReverseValidation",
    "NETWORK/promptRequiredNetworks",
    "NETWORK/refuseDeployingWithNM",
    "NETWORK/sshdPort",
    "STORAGE/connectionTimeout",
    "STORAGE/fcPaths",
    "STORAGE/glusterBrick",
    "STORAGE/glusterProvisionedShareName",
    "STORAGE/glusterProvisioningEnabled",
    "STORAGE/imgAlias",
    "STORAGE/lunDetectType",
    "STORAGE/multipathSupport",
    "STORAGE/storageType",
    "VDSM/caSubject",
    "VDSM/glusterMinimumVersion",
    "VDSM/kvmGid",
    "VDSM/passwd",
    "VDSM/passwdValiditySecs",
    "VDSM/pkiSubject",
    "VDSM/serviceName",
    "VDSM/spicePkiSubject",
    "VDSM/useSSL",
    "VDSM/vdscli",
    "VDSM/vdsmUid",
    "VM/cloudinitHostIP",
];

/// Keys of a flow that is gone: the file adds a second host to an existing engine.
const SECOND_HOST: &[&str] =
    &["CORE/additionalHostEnabled", "CORE/additionalHostReDeployment", "CORE/isAdditionalHost"];

/// One `SECTION/key=type:value`.
#[derive(Clone)]
struct Line {
    key: String,
    key_at: Position,
    at: Position,
    value: Value,
}

/// The tree of our own format.
pub(super) fn translate(file: &str, notices: &mut Vec<Notice>, problems: &mut Vec<Problem>) -> Node {
    let mut variables: Vec<Entry> = Vec::new();
    let lines = lines(file, notices);
    for line in &lines {
        one(line, &mut variables, notices, problems);
    }
    let root = Node::new(Position { line: 1, column: 1 }, Value::Table(variables));
    let before = notices.len();
    let tree = he_vars::translate(&root, notices);
    // Below this line, a notice names the role's variable; here the file's own key is meant.
    for notice in notices.iter_mut().skip(before) {
        if let Some(line) = lines.iter().find(|line| line.key_at == notice.at) {
            notice.key = line.key.clone();
        }
    }
    // That a key was taken over goes without saying where more is to be said.
    let told: Vec<Position> =
        notices.iter().filter(|notice| notice.kind != NoticeKind::Mapped).map(|notice| notice.at).collect();
    notices.retain(|notice| notice.kind != NoticeKind::Mapped || !told.contains(&notice.at));
    notices.sort_by_key(|notice| notice.at);
    tree
}

fn one(line: &Line, variables: &mut Vec<Entry>, notices: &mut Vec<Notice>, problems: &mut Vec<Problem>) {
    let node = Node::new(line.at, line.value.clone());
    let mut tell = |kind: NoticeKind, text: Text| {
        notices.push(Notice { at: line.key_at, key: line.key.clone(), kind, text });
    };
    let Some(key) = line.key.strip_prefix("OVEHOSTED_") else {
        let kind = if line.key.starts_with("QUESTION/") { NoticeKind::Consent } else { NoticeKind::Unknown };
        return tell(kind, he_vars::reason(kind));
    };
    let mut set = |name: &str, node: Node| {
        variables.push(Entry { at: line.key_at, key: name.to_owned(), node });
    };
    if SECOND_HOST.contains(&key) {
        if matches!(node.value, Value::Bool(true)) {
            problems.push(Problem {
                at: Some(line.at),
                ..Problem::new(
                    line.key.clone(),
                    text!(
                        "This file adds a second host to an engine that exists.",
                        "このファイルは既存のエンジンに二台目のホストを追加するものです。"
                    ),
                    text!(
                        "Add the host in the Administration Portal instead; a deployment makes the first host.",
                        "ホストは管理ポータルから追加してください。デプロイは最初のホストを作ります。"
                    ),
                )
            });
        } else {
            tell(NoticeKind::Obsolete, he_vars::reason(NoticeKind::Obsolete));
        }
        return;
    }
    let dropped = [
        (CONSENT, NoticeKind::Consent),
        (PREVIOUS_DEPLOYMENT, NoticeKind::PreviousDeployment),
        (DERIVED, NoticeKind::Derived),
        (OBSOLETE, NoticeKind::Obsolete),
    ];
    if let Some((_, kind)) = dropped.iter().find(|(keys, _)| keys.contains(&key)) {
        return tell(*kind, he_vars::reason(*kind));
    }
    if key.starts_with("FIRST_HOST/") || key.starts_with("UPGRADE/") || key.starts_with("SANLOCK/") {
        return tell(NoticeKind::Obsolete, he_vars::reason(NoticeKind::Obsolete));
    }
    if let Some((_, name)) = MAPPED.iter().find(|(mapped, _)| *mapped == key) {
        if !node.is_unset() && !name.ends_with("password") {
            tell(NoticeKind::Mapped, he_vars::reason(NoticeKind::Mapped));
        }
        return set(name, node);
    }
    let text = node.scalar().unwrap_or_default().trim().to_owned();
    match key {
        _ if node.is_unset() => tell(NoticeKind::Derived, text!("has no value", "値がありません")),
        STORAGE_CONNECTION => match crate::answers::split_connection(&text) {
            Some((server, path)) => {
                tell(NoticeKind::Mapped, he_vars::reason(NoticeKind::Mapped));
                set("he_storage_domain_addr", Node::text(line.at, server));
                set("he_storage_domain_path", Node::text(line.at, path));
            }
            // Of iSCSI: the portals' addresses.
            None => {
                tell(NoticeKind::Derived, he_vars::reason(NoticeKind::Derived));
                set("he_storage_domain_addr", Node::text(line.at, text));
            }
        },
        STATIC_ADDRESS => {
            let (address, prefix) = text.split_once('/').map_or((text.as_str(), None), |(a, p)| (a, Some(p)));
            let family = if address.contains(':') { "he_force_ip6" } else { "he_force_ip4" };
            set(family, Node::new(line.at, Value::Bool(true)));
            set("he_vm_ip_addr", Node::text(line.at, address));
            match prefix {
                Some(prefix) => {
                    tell(NoticeKind::Mapped, he_vars::reason(NoticeKind::Mapped));
                    set("he_vm_ip_prefix", Node::text(line.at, prefix));
                }
                None => tell(
                    NoticeKind::Repaired,
                    text!("taken over; the prefix length is missing", "取り込みましたが、プレフィックス長がありません"),
                ),
            }
        }
        EMULATED_MACHINE => tell(NoticeKind::Derived, he_vars::reason(NoticeKind::Derived)),
        "VM/vmBoot" | "VM/bootDevice" if text == "disk" => {
            tell(NoticeKind::Obsolete, he_vars::reason(NoticeKind::Obsolete))
        }
        "VM/vmBoot" | "VM/bootDevice" => tell(
            NoticeKind::Obsolete,
            text!(
                "installing the engine from CD or network is gone; the appliance is used",
                "CD やネットワークからのエンジンのインストールは廃止されました。アプライアンスを使います"
            ),
        ),
        USER_VARIABLES => match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(serde_json::Value::Object(_)) => match super::json::parse(&text) {
                Ok(node) => {
                    tell(NoticeKind::Mapped, he_vars::reason(NoticeKind::Mapped));
                    for entry in node.entries() {
                        let node = Node::new(line.at, entry.node.value.clone());
                        set(&entry.key, node);
                    }
                }
                Err(_) => tell(NoticeKind::Unknown, he_vars::reason(NoticeKind::Unknown)),
            },
            _ => tell(
                NoticeKind::Unknown,
                text!(
                    "only JSON is read here; dropped. Write them to advanced.ansible_extra_variables",
                    "JSON 以外は読み取れないため破棄しました。advanced.ansible_extra_variables に書いてください"
                ),
            ),
        },
        _ => tell(NoticeKind::Unknown, he_vars::reason(NoticeKind::Unknown)),
    }
}

/// The lines of the file, the last one of each key; otopi's own reader gives up on a key that stands twice.
fn lines(file: &str, notices: &mut Vec<Notice>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut is_list = false;
    for (index, raw) in file.lines().enumerate() {
        let number = clamp(index + 1);
        let content = raw.trim();
        if content.is_empty() || content.starts_with(['#', ';']) || content.starts_with('[') && content.ends_with(']') {
            is_list = is_list && content.starts_with('[') && raw.starts_with([' ', '\t']);
            continue;
        }
        let key_at =
            Position { line: number, column: clamp(1 + raw.chars().take_while(|c| c.is_whitespace()).count()) };
        let Some((key, value)) = content.split_once('=').filter(|(key, _)| !is_list || is_key(key)) else {
            // More lines of a multi-str; the old writer does not indent them.
            match lines.last_mut() {
                Some(Line { value: Value::List(items), .. }) if is_list => items.push(Node::text(key_at, content)),
                _ => notices.push(Notice {
                    at: key_at,
                    key: String::new(),
                    kind: NoticeKind::Unknown,
                    text: text!(
                        "this line is not KEY=TYPE:VALUE; left out",
                        "この行は KEY=TYPE:VALUE の形ではないため無視しました"
                    ),
                }),
            }
            continue;
        };
        let key = key.trim().to_owned();
        let column = clamp(raw.chars().count() - value.trim_start().chars().count() + 1);
        let at = Position { line: number, column };
        let mut tell = |kind: NoticeKind, text: Text| notices.push(Notice { at: key_at, key: key.clone(), kind, text });
        let value = typed(value.trim(), at, &mut tell);
        is_list = matches!(value, Value::List(_));
        let line = Line { key: key.clone(), key_at, at, value };
        match lines.iter_mut().find(|line| line.key == key) {
            Some(first) => {
                let before = first.key_at.line;
                tell(
                    NoticeKind::Repaired,
                    text!(
                        "stands twice, first in line {before}; this one counts",
                        "{before} 行目と重複しています。こちらを採用します"
                    ),
                );
                *first = line;
            }
            None => lines.push(line),
        }
    }
    lines
}

fn is_key(text: &str) -> bool {
    let text = text.trim();
    text.contains('/') && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '.'))
}

/// `type:text`, split at the first colon.
fn typed(value: &str, at: Position, tell: &mut impl FnMut(NoticeKind, Text)) -> Value {
    let (kind, text) = value.split_once(':').unwrap_or(("", value));
    let text = text.trim();
    match kind {
        "none" => Value::Nothing,
        // otopi: everything but these four is true.
        "bool" => {
            let is_true = !matches!(text, "f" | "F" | "false" | "False");
            if is_true && !matches!(text.to_ascii_lowercase().as_str(), "true" | "t" | "yes" | "1") {
                tell(
                    NoticeKind::Repaired,
                    text!(
                        "otopi reads \"{text}\" as true, and so is it read here",
                        "otopi は \"{text}\" を真と解釈するため、ここでも真とします"
                    ),
                );
            }
            Value::Bool(is_true)
        }
        "int" | "str" if text == "None" => Value::Nothing,
        "int" => match text.parse() {
            Ok(number) => Value::Whole(number),
            Err(_) => Value::Text(text.to_owned()),
        },
        "str" => Value::Text(text.to_owned()),
        "multi-str" => {
            let first = (!text.is_empty()).then(|| Node::text(at, text));
            Value::List(first.into_iter().collect())
        }
        _ => {
            tell(
                NoticeKind::Repaired,
                text!("has no known type; read as text", "型が不明なため文字列として読み取りました"),
            );
            Value::Text(value.to_owned())
        }
    }
}
