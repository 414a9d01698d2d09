//! Redfish (DMTF DSP0266; the machine is a ComputerSystem of DSP0268): the next start is set by `Boot`, once, and the power by the action
//! `ComputerSystem.Reset`. A connection for each question: many controllers close theirs after an answer, and four questions are all.

use super::pinned::{self, Unconnected};
use super::{PATIENCE, PowerError};
use axum::body::{Body, to_bytes};
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, ETAG, HOST, IF_MATCH, LOCATION};
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use data_encoding::BASE64;
use hosted_deploy_model::node::{Bmc, Uuid};
use hosted_deploy_model::secret::Secret;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::error::Error;
use std::path::PathBuf;
use tokio::net::TcpStream;

const SYSTEMS: &str = "/redfish/v1/Systems";
const PORT: u16 = 443;
/// More than any document about a machine.
const LARGEST: usize = 1 << 20;
/// Of what a controller says.
const SAID_MOST: usize = 300;
/// Some controllers send from `/Systems` to `/Systems/`.
const REDIRECTS: usize = 3;

pub(super) async fn wake(bmc: &Bmc, uuid: Option<Uuid>, efi: bool) -> Result<(), PowerError> {
    let controller = Controller { bmc, authorization: authorization(bmc)? };
    let (path, system, etag) = controller.machine(uuid).await?;
    let mut boot = json!({ "BootSourceOverrideEnabled": "Once", "BootSourceOverrideTarget": "Pxe" });
    if let (true, Some(boot)) = (efi, boot.as_object_mut()) {
        boot.insert("BootSourceOverrideMode".to_owned(), json!("UEFI"));
    }
    controller.change(&path, etag, json!({ "Boot": boot })).await?;
    let reset = system.pointer("/Actions/#ComputerSystem.Reset");
    let named = reset.and_then(|reset| reset.get("target")).and_then(Value::as_str);
    let target = named.map_or_else(|| format!("{path}/Actions/ComputerSystem.Reset"), str::to_owned);
    let kind = reset_type(&system).map_err(|known| controller.refused("a reset", format!("it knows only {known}")))?;
    controller.ask(Method::POST, &target, None, Some(&json!({ "ResetType": kind }))).await.map(drop)
}

/// What switches this machine on: a running one is restarted. The controller's own words where it has none of ours.
fn reset_type(system: &Value) -> Result<&'static str, String> {
    let running = matches!(system.get("PowerState").and_then(Value::as_str), Some("On" | "PoweringOn"));
    let ours = if running { ["ForceRestart", "PowerCycle"] } else { ["On", "ForceOn"] };
    let allowed = system.pointer("/Actions/#ComputerSystem.Reset/ResetType@Redfish.AllowableValues");
    let Some(allowed) = allowed.and_then(Value::as_array) else { return Ok(ours[0]) };
    let known = |word: &&str| allowed.iter().any(|allowed| allowed == *word);
    ours.into_iter().find(known).ok_or_else(|| said(&Value::from(allowed.clone()).to_string()))
}

/// For `Authorization`, from the password's file.
fn authorization(bmc: &Bmc) -> Result<HeaderValue, PowerError> {
    let path = PathBuf::from(&bmc.password_file);
    let unreadable = |why: String| PowerError::Password { path: path.clone(), why };
    let text = std::fs::read_to_string(&path).map(Secret::new).map_err(|error| unreadable(error.to_string()))?;
    let password = text.expose().lines().next().unwrap_or_default();
    let pair = Secret::new(format!("{}:{password}", bmc.user).into_bytes());
    let header = Secret::new(format!("Basic {}", BASE64.encode(pair.expose())));
    let mut header =
        HeaderValue::from_str(header.expose()).map_err(|_| unreadable("it is no text for a header".to_owned()))?;
    header.set_sensitive(true);
    Ok(header)
}

/// One line of what somebody else says.
fn said(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SAID_MOST).collect::<String>().trim().to_owned()
}

struct Controller<'a> {
    bmc: &'a Bmc,
    authorization: HeaderValue,
}

/// An answer that is no refusal.
struct Answer {
    document: Value,
    etag: Option<HeaderValue>,
}

impl Controller<'_> {
    fn refused(&self, act: &str, said: String) -> PowerError {
        PowerError::Refused { address: self.bmc.address.clone(), act: act.to_owned(), said }
    }

    /// The path of the machine, its document, and what that document is changed by.
    async fn machine(&self, uuid: Option<Uuid>) -> Result<(String, Value, Option<HeaderValue>), PowerError> {
        let list = self.ask(Method::GET, SYSTEMS, None, None).await?.document;
        let members = list.get("Members").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let paths: Vec<&str> = members.iter().filter_map(|one| one.get("@odata.id")?.as_str()).collect();
        let mut known = Vec::new();
        for path in &paths {
            let Answer { document, etag } = self.ask(Method::GET, path, None, None).await?;
            let theirs = document.get("UUID").and_then(Value::as_str).unwrap_or_default().to_owned();
            if paths.len() == 1 || is(uuid, &theirs) {
                return Ok(((*path).to_owned(), document, etag));
            }
            known.push(theirs);
        }
        let known = said(&known.join(", "));
        Err(PowerError::WhichMachine { address: self.bmc.address.clone(), count: paths.len(), known })
    }

    /// A change. Where the document was changed by somebody else meanwhile, or the controller takes no mark that it gave itself, it is made all the same:
    /// the same is wanted whatever else has changed.
    async fn change(&self, path: &str, etag: Option<HeaderValue>, change: Value) -> Result<(), PowerError> {
        let marked = etag.is_some();
        match self.ask(Method::PATCH, path, etag, Some(&change)).await {
            Err(PowerError::Refused { said, .. }) if marked && said.starts_with("412") => {
                self.ask(Method::PATCH, path, None, Some(&change)).await.map(drop)
            }
            answer => answer.map(drop),
        }
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        etag: Option<HeaderValue>,
        document: Option<&Value>,
    ) -> Result<Answer, PowerError> {
        let mut path = path.to_owned();
        for _ in 0..=REDIRECTS {
            let act = format!("{method} {}", said(&path));
            let (status, headers, body) = self.exchange(&act, &method, &path, etag.clone(), document).await?;
            if status.is_redirection() && method == Method::GET {
                let to = headers.get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or_default();
                // Never to another host: the password would go there, too.
                path = match to.strip_prefix(&format!("https://{}", authority(&self.bmc.address))) {
                    Some(rest) => rest.to_owned(),
                    None => to.to_owned(),
                };
                continue;
            }
            let document: Value = serde_json::from_slice(&body).unwrap_or_default();
            if status.is_success() {
                return Ok(Answer { document, etag: headers.get(ETAG).cloned() });
            }
            let reason = ["/error/@Message.ExtendedInfo/0/Message", "/error/message"];
            let reason = reason.iter().find_map(|at| document.pointer(at)?.as_str()).unwrap_or_default();
            return Err(self.refused(&act, said(&format!("{status} {reason}"))));
        }
        Err(self.refused(&path, "it sends from one address to the next".to_owned()))
    }

    async fn exchange(
        &self,
        act: &str,
        method: &Method,
        path: &str,
        etag: Option<HeaderValue>,
        document: Option<&Value>,
    ) -> Result<(StatusCode, HeaderMap, Vec<u8>), PowerError> {
        let address = || self.bmc.address.clone();
        let broken = |source: Box<dyn Error + Send + Sync>| PowerError::Connection {
            address: address(),
            act: act.to_owned(),
            source,
        };
        if !path.starts_with('/') {
            return Err(self.refused(act, "it names an address elsewhere".to_owned()));
        }
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, authority(&self.bmc.address))
            .header(ACCEPT, "application/json")
            .header(AUTHORIZATION, &self.authorization);
        if let Some(etag) = etag {
            request = request.header(IF_MATCH, etag);
        }
        let body = match document {
            Some(document) => {
                request = request.header(CONTENT_TYPE, "application/json");
                Body::from(document.to_string())
            }
            None => Body::empty(),
        };
        let request = request.body(body).map_err(|error| broken(error.into()))?;
        let exchange = async {
            let (host, port) = host_and_port(&self.bmc.address);
            let stream = TcpStream::connect((host, port)).await.map_err(|error| broken(error.into()))?;
            let stream = match pinned::connect(stream, host, self.bmc.certificate).await {
                Ok(stream) => stream,
                Err(Unconnected::Io(error)) => return Err(broken(error.into())),
                Err(Unconnected::Shown(shown)) => {
                    return Err(match self.bmc.certificate {
                        None => PowerError::Stranger { address: address(), shown },
                        Some(accepted) => PowerError::Changed { address: address(), accepted, shown },
                    });
                }
            };
            let (mut sender, connection) =
                http1::handshake(TokioIo::new(stream)).await.map_err(|error| broken(error.into()))?;
            let answer = async {
                let (head, body) =
                    sender.send_request(request).await.map_err(|error| broken(error.into()))?.into_parts();
                let body = to_bytes(Body::new(body), LARGEST).await.map_err(|error| broken(error.into()))?;
                Ok((head.status, head.headers, body.to_vec()))
            };
            let connection = async {
                // What ends it ends the answer, too, and is said there.
                drop(connection.await);
                std::future::pending().await
            };
            tokio::select! { answer = answer => answer, never = connection => never }
        };
        let silent = PowerError::Silent { address: address(), act: act.to_owned(), service: "Redfish" };
        tokio::time::timeout(PATIENCE, exchange).await.unwrap_or(Err(silent))
    }
}

/// Controllers write a UUID in either order of bytes.
fn is(uuid: Option<Uuid>, theirs: &str) -> bool {
    uuid.zip(Uuid::parse_str(theirs).ok())
        .is_some_and(|(ours, theirs)| theirs == ours || theirs == Uuid::from_bytes(ours.to_bytes_le()))
}

/// For `Host`: an address of IPv6 stands in brackets.
fn authority(text: &str) -> String {
    match text.parse::<std::net::Ipv6Addr>() {
        Ok(address) => format!("[{address}]"),
        Err(_) => text.to_owned(),
    }
}

/// `host`, `host:port`, `[address]:port` or an address of either kind.
fn host_and_port(text: &str) -> (&str, u16) {
    if let Some((host, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (host, rest.strip_prefix(':').and_then(|port| port.parse().ok()).unwrap_or(PORT));
    }
    match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') => (host, port.parse().unwrap_or(PORT)),
        _ => (text, PORT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hosted_deploy_model::node::Protocol;

    #[test]
    fn addresses_have_ports() {
        for (text, host, port) in [
            ("bmc1.example.com", "bmc1.example.com", 443),
            ("192.0.2.9:8443", "192.0.2.9", 8443),
            ("2001:db8::9", "2001:db8::9", 443),
            ("[2001:db8::9]:8443", "2001:db8::9", 8443),
            ("[2001:db8::9]", "2001:db8::9", 443),
        ] {
            assert_eq!(host_and_port(text), (host, port), "{text}");
        }
    }

    #[test]
    fn a_running_machine_is_restarted_by_what_the_controller_knows() {
        let system = |power: &str, allowed: &[&str]| json!({ "PowerState": power, "Actions": { "#ComputerSystem.Reset": { "ResetType@Redfish.AllowableValues": allowed } } });
        assert_eq!(reset_type(&json!({})), Ok("On"));
        assert_eq!(reset_type(&json!({ "PowerState": "On" })), Ok("ForceRestart"));
        assert_eq!(reset_type(&system("Off", &["ForceOff", "On"])), Ok("On"));
        assert_eq!(reset_type(&system("On", &["On", "ForceOff", "PowerCycle"])), Ok("PowerCycle"));
        assert_eq!(reset_type(&system("On", &["ForceOff"])), Err("[\"ForceOff\"]".to_owned()));
    }

    #[test]
    fn a_uuid_is_known_in_either_order() {
        let ours = Uuid::parse_str("11223344-5566-7788-99aa-bbccddeeff00").unwrap();
        assert!(is(Some(ours), "11223344-5566-7788-99AA-BBCCDDEEFF00"));
        assert!(is(Some(ours), "44332211-6655-8877-99aa-bbccddeeff00"));
        assert!(!is(Some(ours), "") && !is(None, "11223344-5566-7788-99aa-bbccddeeff00"));
    }

    #[test]
    fn the_password_is_the_file_s_first_line_and_not_printed() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "Aladdin's: open sesame\n\n").unwrap();
        let bmc = Bmc {
            protocol: Protocol::Redfish,
            address: "x".into(),
            user: "a".into(),
            password_file: file.path().display().to_string(),
            certificate: None,
        };
        let header = authorization(&bmc).unwrap();
        assert_eq!(header.to_str().unwrap(), format!("Basic {}", BASE64.encode(b"a:Aladdin's: open sesame")));
        assert_eq!(format!("{header:?}"), "Sensitive");
        let missing = Bmc { password_file: "/nowhere".into(), ..bmc };
        assert!(matches!(authorization(&missing), Err(PowerError::Password { .. })));
    }
}
