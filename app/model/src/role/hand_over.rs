//! [`HandOver`]: what one phase of the role finds out and a later one must be told.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Values of the role's `otopi_*` registers, kept between phases.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HandOver {
    /// Directory of the local VM (`otopi_localvm_dir`).
    pub local_vm_dir: Option<String>,
    /// The administrator's login name, which depends on Keycloak (`otopi_he_admin_username`).
    pub admin_username: Option<String>,
    /// Virtual size of the appliance's disk in bytes (`otopi_appliance_disk_size`).
    pub appliance_disk_bytes: Option<u64>,
    /// The storage domain that was created (`otopi_storage_domain_details`).
    pub storage_domain: Option<StorageDomain>,
    /// The interfaces that may carry the management bridge (`otopi_host_net`).
    pub bridge_interfaces: Vec<String>,
}

/// The storage domain as the engine describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StorageDomain {
    /// Its id in the engine.
    pub id: Option<String>,
    /// `active` when all is well.
    pub status: Option<String>,
    /// Free space in bytes.
    pub available_bytes: Option<u64>,
}

impl HandOver {
    /// Takes the value of a register over. `false`: the register is none of ours, or its value is not what the role
    /// produces. The values come from the host and go back into Ansible, so that they are checked here.
    pub fn take(&mut self, register: &str, value: &Value) -> bool {
        let fact = |name: &str| value.pointer("/ansible_facts").and_then(|facts| facts.get(name));
        match register {
            "otopi_localvm_dir" => {
                let path = text(value.get("path")).filter(|path| is_plain_path(path));
                replace(&mut self.local_vm_dir, path)
            }
            "otopi_he_admin_username" => {
                let name = text(fact("he_admin_username")).filter(|name| is_login_name(name));
                replace(&mut self.admin_username, name)
            }
            "otopi_appliance_disk_size" => replace(&mut self.appliance_disk_bytes, number(fact("virtual_size"))),
            "otopi_storage_domain_details" => {
                let domain =
                    value.get("storagedomain").filter(|domain| domain.is_object()).map(|domain| StorageDomain {
                        id: text(domain.get("id")),
                        status: text(domain.get("status")),
                        available_bytes: number(domain.get("available")),
                    });
                replace(&mut self.storage_domain, domain)
            }
            "otopi_host_net" => {
                let names = fact("otopi_host_net")
                    .and_then(Value::as_array)
                    .map(|names| names.iter().filter_map(|name| text(Some(name))).collect::<Vec<String>>());
                names.map(|names| self.bridge_interfaces = names).is_some()
            }
            _ => false,
        }
    }
}

fn replace<T>(place: &mut Option<T>, value: Option<T>) -> bool {
    if value.is_none() {
        return false;
    }
    *place = value;
    true
}

fn text(value: Option<&Value>) -> Option<String> {
    value?.as_str().map(str::to_owned)
}

/// Templates turn numbers into texts, depending on the Ansible.
fn number(value: Option<&Value>) -> Option<u64> {
    match value? {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_u64(),
    }
}

fn is_plain_path(path: &str) -> bool {
    path.starts_with('/')
        && !path.contains("..")
        && path.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '.'))
}

fn is_login_name(name: &str) -> bool {
    name.starts_with("admin") && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '@' | '.' | '-' | '_'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_registers_of_the_role_are_taken_over() {
        let mut hand_over = HandOver::default();
        assert!(hand_over.take("otopi_localvm_dir", &json!({"changed": true, "path": "/var/tmp/localvmx7_1ab"})));
        let name = json!({"ansible_facts": {"he_admin_username": "admin@ovirt@internalsso"}, "changed": false});
        assert!(hand_over.take("otopi_he_admin_username", &name));
        let size = json!({"ansible_facts": {"virtual_size": "54760833024"}});
        assert!(hand_over.take("otopi_appliance_disk_size", &size));
        let domain = json!({"storagedomain": {"id": "d", "available": 90194313216_u64, "status": "active"}});
        assert!(hand_over.take("otopi_storage_domain_details", &domain));
        assert!(hand_over.take("otopi_host_net", &json!({"ansible_facts": {"otopi_host_net": ["eth0", "bond0"]}})));
        assert_eq!(
            serde_json::to_value(&hand_over).unwrap(),
            json!({
                "local_vm_dir": "/var/tmp/localvmx7_1ab",
                "admin_username": "admin@ovirt@internalsso",
                "appliance_disk_bytes": 54760833024_u64,
                "storage_domain": {"id": "d", "status": "active", "available_bytes": 90194313216_u64},
                "bridge_interfaces": ["eth0", "bond0"],
            })
        );
    }

    #[test]
    fn a_value_that_the_role_does_not_produce_is_not_taken() {
        let mut hand_over = HandOver::default();
        for (register, value) in [
            ("otopi_localvm_dir", json!({"path": "{{ lookup('pipe', 'id') }}"})),
            ("otopi_localvm_dir", json!({"path": "/var/tmp/../../etc"})),
            ("otopi_localvm_dir", json!("/var/tmp/localvm1")),
            ("otopi_he_admin_username", json!({"ansible_facts": {"he_admin_username": "admin; id"}})),
            ("otopi_appliance_disk_size", json!({"ansible_facts": {"virtual_size": "many"}})),
            ("otopi_storage_domain_details", json!({"storagedomain": "gone"})),
            ("otopi_other", json!({})),
        ] {
            assert!(!hand_over.take(register, &value), "{register} {value}");
        }
        assert_eq!(hand_over, HandOver::default());
    }
}
