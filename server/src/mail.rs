//! A test mail, as the HA agents would send one: plain SMTP (RFC 5321) over any stream, every word kept for the person
//! who asks why no mail arrives.

use crate::told::{self, Said};
use hosted_deploy_model::lang::Text;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};

/// For one answer of the server; RFC 5321 allows minutes, but a person waits.
const PATIENCE: Duration = Duration::from_secs(20);
/// What a server may say in one answer.
const LONGEST: u64 = 16 * 1024;

/// A mail.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The name that we greet with.
    pub from_host: String,
    /// Sender.
    pub sender: String,
    /// Recipients, one at least.
    pub recipients: Vec<String>,
    /// Subject and text in ASCII.
    pub subject: String,
    /// The same.
    pub text: String,
}

/// How it went: both sides' lines, and whether the server took the mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Talk {
    /// `> MAIL FROM:<…>` and `< 250 Ok`.
    pub lines: Vec<String>,
    /// The server took it.
    pub accepted: bool,
    /// The connection ended or nothing came.
    pub broken: Option<Text>,
}

/// Sends a mail and tells how it went. A refusal is no error: it is what the person wants to know.
pub async fn send(stream: impl AsyncRead + AsyncWrite + Unpin, mail: &Mail) -> Talk {
    let mut talk = Talk::default();
    let mut line = Line { stream: BufReader::new(stream), talk: &mut talk };
    if let Err(error) = line.deliver(mail).await {
        talk.broken = Some(told::of(&error));
    }
    talk
}

fn broken(en: impl Into<String>, ja: impl Into<String>) -> std::io::Error {
    std::io::Error::other(Said::new(en, ja))
}

struct Line<'a, S> {
    stream: BufReader<S>,
    talk: &'a mut Talk,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Line<'_, S> {
    async fn deliver(&mut self, mail: &Mail) -> std::io::Result<()> {
        let recipients = mail.recipients.iter().map(|recipient| format!("RCPT TO:<{recipient}>"));
        let opening = [format!("EHLO {}", mail.from_host), format!("MAIL FROM:<{}>", mail.sender)];
        let mut accepted = self.answer().await? == 2;
        for command in opening.into_iter().chain(recipients) {
            accepted = accepted && self.say(&command).await? == 2;
        }
        if accepted && self.say("DATA").await? == 3 {
            self.talk.lines.push("> …".to_owned());
            let Mail { sender, recipients, subject, text, .. } = mail;
            let to = recipients.join(", ");
            // No line of ours begins with a dot, which would end the mail.
            let text = format!("From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\n\r\n{text}\r\n.\r\n");
            self.stream.write_all(text.as_bytes()).await?;
            self.stream.flush().await?;
            self.talk.accepted = self.answer().await? == 2;
        }
        // It has said what it had to; how it takes leave changes nothing.
        let _ = self.say("QUIT").await;
        Ok(())
    }

    async fn say(&mut self, command: &str) -> std::io::Result<u8> {
        self.talk.lines.push(format!("> {command}"));
        self.stream.write_all(format!("{command}\r\n").as_bytes()).await?;
        self.stream.flush().await?;
        self.answer().await
    }

    /// The first digit of the answer's code.
    async fn answer(&mut self) -> std::io::Result<u8> {
        loop {
            let mut line = Vec::new();
            let mut limited = (&mut self.stream).take(LONGEST);
            let read = tokio::time::timeout(PATIENCE, limited.read_until(b'\n', &mut line)).await;
            let slow = || {
                let secs = PATIENCE.as_secs();
                broken(format!("nothing came for {secs} s"), format!("{secs} 秒間応答がありませんでした"))
            };
            if read.map_err(|_| slow())?? == 0 {
                return Err(broken("the server closed the connection", "サーバーが接続を閉じました"));
            }
            let line: String = String::from_utf8_lossy(&line).chars().filter(|c| !c.is_control()).collect();
            self.talk.lines.push(format!("< {line}"));
            let mut chars = line.chars();
            match (chars.next().and_then(|c| c.to_digit(10)), chars.nth(2)) {
                (Some(_), Some('-')) => {}
                (Some(digit), _) => return Ok(u8::try_from(digit).unwrap_or_default()),
                (None, _) => return Err(broken("that is no SMTP server", "SMTP サーバーではありません")),
            }
            if self.talk.lines.len() > 200 {
                return Err(broken("the server does not come to an end", "サーバーの応答が終わりません"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::duplex;

    fn mail() -> Mail {
        Mail {
            from_host: "host1.example".into(),
            sender: "engine@example.com".into(),
            recipients: vec!["a@example.com".into(), "b@example.com".into()],
            subject: "Test".into(),
            text: "It works.".into(),
        }
    }

    /// A server that says these answers, one for each line it is told; the mail's text counts as one.
    async fn against(answers: &[&str]) -> (Talk, String) {
        let (ours, theirs) = duplex(4096);
        let answers: Vec<String> = answers.iter().map(|answer| (*answer).to_owned()).collect();
        let server = tokio::spawn(async move {
            let mut stream = BufReader::new(theirs);
            let mut heard = String::new();
            let mut in_text = false;
            for answer in answers {
                stream.write_all(answer.as_bytes()).await.unwrap();
                loop {
                    let mut line = String::new();
                    if stream.read_line(&mut line).await.unwrap() == 0 {
                        return heard;
                    }
                    heard.push_str(&line);
                    if !in_text || line == ".\r\n" {
                        break;
                    }
                }
                in_text = heard.ends_with("DATA\r\n");
            }
            heard
        });
        let talk = send(ours, &mail()).await;
        (talk, server.await.unwrap())
    }

    #[tokio::test]
    async fn a_mail_that_is_taken_says_so_with_the_server_s_words() {
        let ok = "250 Ok\r\n";
        let (talk, heard) = against(&[
            "220 mx ready\r\n",
            "250-mx\r\n250 SIZE 1000\r\n",
            ok,
            ok,
            ok,
            "354 go\r\n",
            "250 queued as 7\r\n",
            "221 bye\r\n",
        ])
        .await;
        assert!(talk.accepted && talk.broken.is_none(), "{talk:?}");
        assert!(talk.lines.contains(&"< 250 queued as 7".to_owned()), "{talk:?}");
        assert!(heard.contains("RCPT TO:<b@example.com>\r\n") && heard.contains("Subject: Test\r\n"), "{heard}");
    }

    #[tokio::test]
    async fn a_refused_recipient_is_told_and_no_mail_is_sent() {
        let ok = "250 Ok\r\n";
        let (talk, heard) = against(&["220 mx\r\n", ok, ok, ok, "550 5.1.1 no such user\r\n", "221 bye\r\n"]).await;
        assert!(!talk.accepted && talk.broken.is_none(), "{talk:?}");
        assert!(talk.lines.contains(&"< 550 5.1.1 no such user".to_owned()), "{talk:?}");
        assert!(!heard.contains("DATA") && heard.contains("QUIT"), "{heard}");
    }

    #[tokio::test]
    async fn something_else_than_a_mail_server_is_recognised() {
        let (talk, _) = against(&["SSH-2.0-OpenSSH_9.2\r\n"]).await;
        assert_eq!(talk.broken.as_ref().map(|text| text.en.as_str()), Some("that is no SMTP server"));
        assert!(!talk.accepted);
    }
}
