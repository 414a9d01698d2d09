//! One connection to a portal: login with CHAP (RFC 7143, sections 6 and 12), text, SCSI commands, logout.

use super::pdu::{Pdu, from_target, keys, number};
use data_encoding::BASE64_NOPAD;
use hosted_deploy_model::storage::{Chap, PortalFault};
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use zeroize::Zeroizing;

/// A portal on the same network answers within milliseconds; a busy array within seconds.
const PATIENCE: Duration = Duration::from_secs(10);
/// No login needs more exchanges.
const MOST_ROUNDS: usize = 16;
const NO_TASK: u32 = 0xffff_ffff;

/// Who logs in, and to what.
#[derive(Clone, Copy, Debug)]
pub struct Login<'a> {
    /// IQN of the initiator.
    pub initiator: &'a str,
    /// The target; `None`: a session of the discovery kind.
    pub target: Option<&'a str>,
    /// Its credentials.
    pub chap: Option<&'a Chap>,
    /// Makes this session another one than those of the host's kernel: a session with their ISID would end them.
    pub session: [u8; 6],
}

/// A connection after its login.
pub struct Connection<S> {
    stream: S,
    command: u32,
    expected: u32,
    task: u32,
}

/// Why a command brought nothing.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The connection.
    Broken(PortalFault),
    /// SCSI status and sense key, additional sense code and qualifier.
    Status(u8, [u8; 3]),
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    /// Logs in.
    ///
    /// # Errors
    /// How the portal refused.
    pub async fn log_in(stream: S, login: &Login<'_>) -> Result<Self, PortalFault> {
        let mut connection = Self { stream, command: 1, expected: 0, task: 1 };
        match tokio::time::timeout(PATIENCE, connection.negotiate(login)).await {
            Ok(Ok(())) => Ok(connection),
            Ok(Err(fault)) => Err(fault),
            Err(_) => Err(silent()),
        }
    }

    async fn negotiate(&mut self, login: &Login<'_>) -> Result<(), PortalFault> {
        let kind = if login.target.is_some() { "Normal" } else { "Discovery" };
        let methods = if login.chap.is_some() { "CHAP,None" } else { "None" };
        let mut first = vec![("InitiatorName", login.initiator), ("SessionType", kind), ("AuthMethod", methods)];
        first.extend(login.target.map(|target| ("TargetName", target)));
        // Stage 0, security; with nothing to prove the next stage is asked for at once.
        let mut answer = self.exchange(login, 0, login.chap.is_none(), text(&first)).await?;
        let mut stage = 0;
        for _ in 0..MOST_ROUNDS {
            let next = answer.byte(1);
            if next & 0x80 != 0 {
                stage = next & 3;
            }
            if stage == 3 {
                return Ok(());
            }
            let said = keys(&answer.data);
            let value = |key: &str| said.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
            answer = if stage == 1 {
                let wanted = if next & 0x80 != 0 { text(&operational(login.target.is_some())) } else { Vec::new() };
                self.exchange(login, 1, true, wanted).await?
            } else if let (Some(chap), Some(challenge)) = (login.chap, value("CHAP_C")) {
                let proof = respond(chap, value("CHAP_I"), challenge)?;
                self.exchange(login, 0, true, text(&[("CHAP_N", &chap.user), ("CHAP_R", &proof)])).await?
            } else if value("AuthMethod") == Some("CHAP") {
                // 5 is MD5, the one algorithm that every target and the host's own initiator have.
                self.exchange(login, 0, false, text(&[("CHAP_A", "5")])).await?
            } else {
                self.exchange(login, 0, true, Vec::new()).await?
            };
        }
        Err(PortalFault::Other("the login comes to no end".to_owned()))
    }

    async fn exchange(&mut self, login: &Login<'_>, stage: u8, on: bool, data: Vec<u8>) -> Result<Pdu, PortalFault> {
        let next = if stage == 0 { 1 } else { 3 };
        let flags = if on { 0x80 | stage << 2 | next } else { stage << 2 };
        let mut request = Pdu::new(0x43, flags, 0);
        request.put(8, &login.session);
        request.put(24, &self.command.to_be_bytes());
        request.put(28, &self.expected.to_be_bytes());
        request.data = data;
        request.write(&mut self.stream).await.map_err(|error| broken(&error))?;
        let answer = Pdu::read(&mut self.stream).await.map_err(|error| broken(&error))?;
        if answer.opcode() != from_target::LOGIN {
            return Err(PortalFault::Other(format!("PDU {:#04x} instead of a login response", answer.opcode())));
        }
        self.expected = answer.word(24).wrapping_add(1);
        match (answer.byte(36), answer.byte(37)) {
            (0, _) => Ok(answer),
            (2, 1) if login.chap.is_none() => Err(PortalFault::CredentialsNeeded),
            (2, 1) => Err(PortalFault::WrongCredentials),
            (2, 2) => Err(PortalFault::NotAllowed),
            (2, 3) => Err(PortalFault::NoSuchTarget),
            (class, detail) => Err(PortalFault::Other(format!("login status {class:02x}{detail:02x}"))),
        }
    }

    /// Every target that the portal tells, with its `address:port,tag`.
    ///
    /// # Errors
    /// How the portal refused.
    pub async fn send_targets(&mut self) -> Result<Vec<(String, String)>, PortalFault> {
        let mut data = Vec::new();
        let (mut tag, mut ask) = (NO_TASK, text(&[("SendTargets", "All")]));
        for _ in 0..MOST_ROUNDS * 16 {
            let mut request = self.command_pdu(0x04, 0x80);
            request.put(20, &tag.to_be_bytes());
            request.data = std::mem::take(&mut ask);
            let answer = self.talk(request, from_target::TEXT).await?;
            data.extend_from_slice(&answer.data);
            tag = answer.word(20);
            // Final, and no more of a text that did not fit.
            if answer.byte(1) & 0xc0 == 0x80 {
                break;
            }
        }
        let mut name = String::new();
        let mut found = Vec::new();
        for (key, value) in keys(&data) {
            match key.as_str() {
                "TargetName" => name = value,
                "TargetAddress" => found.push((name.clone(), value)),
                _ => {}
            }
        }
        Ok(found)
    }

    /// Runs a SCSI command that reads `length` bytes at most.
    pub(super) async fn read(&mut self, lun: [u8; 8], cdb: &[u8], length: u32) -> Result<Vec<u8>, Refusal> {
        // A new session begins with a unit attention or two (power on, parameters changed).
        for _ in 0..3 {
            match self.read_once(lun, cdb, length).await {
                Err(Refusal::Status(2, [6, ..])) => {}
                other => return other,
            }
        }
        self.read_once(lun, cdb, length).await
    }

    async fn read_once(&mut self, lun: [u8; 8], cdb: &[u8], length: u32) -> Result<Vec<u8>, Refusal> {
        let mut request = self.command_pdu(0x01, 0x80 | 0x40 | 1);
        request.put(8, &lun);
        request.put(20, &length.to_be_bytes());
        request.put(32, cdb);
        let task = request.word(16);
        request.write(&mut self.stream).await.map_err(|error| Refusal::Broken(broken(&error)))?;
        let most = usize::try_from(length).unwrap_or_default();
        let mut data = vec![0; most];
        let mut filled = 0;
        loop {
            let answer = self.next(task).await.map_err(Refusal::Broken)?;
            let status = answer.byte(3);
            match answer.opcode() {
                from_target::DATA_IN => {
                    let at = usize::try_from(answer.word(40)).unwrap_or(usize::MAX);
                    let end = at.saturating_add(answer.data.len());
                    let Some(place) = data.get_mut(at..end) else {
                        return Err(Refusal::Broken(PortalFault::Other("more data than asked for".to_owned())));
                    };
                    place.copy_from_slice(&answer.data);
                    filled = filled.max(end);
                    if answer.byte(1) & 1 == 0 {
                        continue;
                    }
                    if status == 0 {
                        data.truncate(filled);
                        return Ok(data);
                    }
                    return Err(Refusal::Status(status, [0; 3]));
                }
                from_target::SCSI_RESPONSE if status == 0 && answer.byte(2) == 0 => {
                    data.truncate(filled);
                    return Ok(data);
                }
                from_target::SCSI_RESPONSE => return Err(Refusal::Status(status, sense(&answer.data))),
                other => {
                    return Err(Refusal::Broken(PortalFault::Other(format!("PDU {other:#04x} instead of data"))));
                }
            }
        }
    }

    /// Says goodbye; a target that does not listen any more is let be.
    pub async fn log_out(mut self) {
        let request = self.command_pdu(0x46, 0x80);
        let _ = self.talk(request, from_target::LOGOUT).await;
    }

    fn command_pdu(&mut self, opcode: u8, flags: u8) -> Pdu {
        self.task = self.task.wrapping_add(1);
        let mut request = Pdu::new(opcode, flags, self.task);
        request.put(24, &self.command.to_be_bytes());
        request.put(28, &self.expected.to_be_bytes());
        if opcode & 0x40 == 0 {
            self.command = self.command.wrapping_add(1);
        }
        request
    }

    async fn talk(&mut self, request: Pdu, wanted: u8) -> Result<Pdu, PortalFault> {
        let task = request.word(16);
        request.write(&mut self.stream).await.map_err(|error| broken(&error))?;
        let answer = self.next(task).await?;
        match answer.opcode() {
            opcode if opcode == wanted => Ok(answer),
            opcode => Err(PortalFault::Other(format!("PDU {opcode:#04x} instead of {wanted:#04x}"))),
        }
    }

    /// The next PDU of a task; what the target wants in between is answered.
    async fn next(&mut self, task: u32) -> Result<Pdu, PortalFault> {
        loop {
            let read = tokio::time::timeout(PATIENCE, Pdu::read(&mut self.stream)).await.map_err(|_| silent())?;
            let answer = read.map_err(|error| broken(&error))?;
            // Data-In without status carries no number.
            if answer.opcode() != from_target::DATA_IN || answer.byte(1) & 1 != 0 {
                self.expected = answer.word(24).wrapping_add(1);
            }
            match answer.opcode() {
                from_target::NOP if answer.word(20) != NO_TASK => {
                    let mut pong = Pdu::new(0x40, 0x80, NO_TASK);
                    pong.put(8, answer.header.get(8..16).unwrap_or_default());
                    pong.put(20, &answer.word(20).to_be_bytes());
                    pong.put(24, &self.command.to_be_bytes());
                    pong.put(28, &self.expected.to_be_bytes());
                    pong.write(&mut self.stream).await.map_err(|error| broken(&error))?;
                }
                from_target::NOP | from_target::ASYNC => {}
                _ if answer.word(16) == task => return Ok(answer),
                opcode => return Err(PortalFault::Other(format!("PDU {opcode:#04x} of another task"))),
            }
        }
    }
}

fn text(pairs: &[(&str, &str)]) -> Vec<u8> {
    pairs.iter().flat_map(|(key, value)| format!("{key}={value}\0").into_bytes()).collect()
}

/// What is offered for the rest of the session: no digests, one connection, and no more data at once than we take.
fn operational(normal: bool) -> Vec<(&'static str, &'static str)> {
    let mut keys = vec![
        ("HeaderDigest", "None"),
        ("DataDigest", "None"),
        ("MaxRecvDataSegmentLength", "262144"),
        ("DefaultTime2Wait", "2"),
        ("DefaultTime2Retain", "0"),
        ("ErrorRecoveryLevel", "0"),
    ];
    if normal {
        keys.extend([
            ("InitialR2T", "Yes"),
            ("ImmediateData", "No"),
            ("MaxBurstLength", "262144"),
            ("FirstBurstLength", "65536"),
            ("MaxOutstandingR2T", "1"),
            ("MaxConnections", "1"),
            ("DataPDUInOrder", "Yes"),
            ("DataSequenceInOrder", "Yes"),
        ]);
    }
    keys
}

/// RFC 1994: MD5 over the identifier, the secret and the challenge.
fn respond(chap: &Chap, identifier: Option<&str>, challenge: &str) -> Result<String, PortalFault> {
    let strange = || PortalFault::Other("a CHAP challenge that is none".to_owned());
    let identifier: u8 = identifier.and_then(|id| id.parse().ok()).ok_or_else(strange)?;
    let challenge = binary(challenge).filter(|bytes| !bytes.is_empty()).ok_or_else(strange)?;
    let mut input = Zeroizing::new(vec![identifier]);
    input.extend_from_slice(chap.password.expose().as_bytes());
    input.extend_from_slice(&challenge);
    Ok(format!("0x{:x}", md5::compute(&*input)))
}

/// Binary values of text keys: `0x…` hexadecimal or `0b…` base64.
fn binary(value: &str) -> Option<Vec<u8>> {
    if let Some(hex) = value.strip_prefix("0x").or_else(|| value.strip_prefix("0X")) {
        let digits: Vec<u8> =
            hex.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect::<Option<_>>()?;
        let padded = if digits.len() % 2 == 1 { [&[0], digits.as_slice()].concat() } else { digits };
        return Some(padded.chunks(2).map(|pair| pair.iter().fold(0, |sum, digit| sum << 4 | digit)).collect());
    }
    let base64 = value.strip_prefix("0b").or_else(|| value.strip_prefix("0B"))?;
    BASE64_NOPAD.decode(base64.trim_end_matches('=').as_bytes()).ok()
}

/// Key, code and qualifier of fixed (0x70) or descriptor (0x72) sense data, which two bytes of length precede.
fn sense(data: &[u8]) -> [u8; 3] {
    let byte = |at: usize| number(data, at + 2, 1).and_then(|byte| u8::try_from(byte).ok()).unwrap_or_default();
    match byte(0) & 0x7f {
        0x72 | 0x73 => [byte(1) & 0x0f, byte(2), byte(3)],
        _ => [byte(2) & 0x0f, byte(12), byte(13)],
    }
}

fn broken(error: &io::Error) -> PortalFault {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => PortalFault::Other("it closed the connection".to_owned()),
        _ => PortalFault::Other(error.to_string()),
    }
}

fn silent() -> PortalFault {
    PortalFault::Unreachable(format!("no answer within {} s", PATIENCE.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hosted_deploy_model::secret::Secret;

    #[test]
    fn a_challenge_is_read_in_both_notations() {
        assert_eq!(binary("0x0aFF1"), Some(vec![0x00, 0xaf, 0xf1]));
        assert_eq!(binary("0bAQIDBA=="), Some(vec![1, 2, 3, 4]));
        assert_eq!(binary("1234"), None);
        assert_eq!(binary("0xzz"), None);
    }

    /// Computed with `printf '\x0asecret\xff\xee' | md5sum`.
    #[test]
    fn the_proof_is_md5_over_identifier_secret_and_challenge() {
        let chap = Chap { user: "u".to_owned(), password: Secret::from("secret") };
        assert_eq!(respond(&chap, Some("10"), "0xffee"), Ok("0xf0daa9a6fc99c70407d302495a7a2253".to_owned()));
        assert!(respond(&chap, None, "0xffee").is_err());
    }
}
