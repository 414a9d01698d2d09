//! Plain HTTP on the TLS port: whoever typed the address without `https` is sent to the right one.

use axum_server::accept::Accept;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The first byte of every TLS connection: a handshake record.
const TLS_HANDSHAKE: u8 = 0x16;
const PATIENCE: Duration = Duration::from_secs(10);
const MOST_HEAD_BYTES: usize = 8 * 1024;

/// Lets TLS through and answers HTTP with a redirect.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlainHttp;

impl<S: Send + 'static> Accept<TcpStream, S> for PlainHttp {
    type Stream = TcpStream;
    type Service = S;
    type Future = Pin<Box<dyn Future<Output = io::Result<(TcpStream, S)>> + Send>>;

    fn accept(&self, mut stream: TcpStream, service: S) -> Self::Future {
        Box::pin(async move {
            let mut first = [0];
            timeout(PATIENCE, stream.peek(&mut first)).await??;
            if first == [TLS_HANDSHAKE] {
                stream.set_nodelay(true)?;
                return Ok((stream, service));
            }
            timeout(PATIENCE, redirect(&mut stream)).await??;
            Err(io::Error::new(io::ErrorKind::InvalidData, "plain HTTP, redirected"))
        })
    }
}

async fn redirect(stream: &mut TcpStream) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if head.len() >= MOST_HEAD_BYTES || stream.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
    stream.write_all(answer(&head).as_bytes()).await?;
    stream.shutdown().await
}

/// 308 to the same address over HTTPS; 400 for what is no HTTP or names no host.
fn answer(head: &[u8]) -> String {
    let bare = |status: &str| format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    let Ok(head) = std::str::from_utf8(head) else { return bare("400 Bad Request") };
    let mut lines = head.split("\r\n");
    let path = lines.next().and_then(|first| {
        first.strip_suffix(" HTTP/1.1").or_else(|| first.strip_suffix(" HTTP/1.0"))?.split(' ').nth(1)
    });
    let host = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("host"))
        .map(|(_, host)| host.trim());
    let sound = |text: &str, more: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    match (path, host) {
        (Some(path), Some(host))
            if path.starts_with('/') && path.chars().all(|c| c.is_ascii_graphic()) && sound(host, ".-_:[]") =>
        {
            let to = bare("308 Permanent Redirect");
            to.replacen("\r\n", &format!("\r\nLocation: https://{host}{path}\r\n"), 1)
        }
        _ => bare("400 Bad Request"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_is_sent_to_the_same_address_over_https() {
        let to = |head: &str| {
            let answer = answer(head.as_bytes());
            assert!(answer.ends_with("\r\n\r\n"));
            answer.split("\r\n").find_map(|line| line.strip_prefix("Location: ").map(str::to_owned))
        };
        assert_eq!(to("GET / HTTP/1.1\r\nHost: a.example:9090\r\n\r\n").as_deref(), Some("https://a.example:9090/"));
        assert_eq!(
            to("GET /x?y=1 HTTP/1.0\r\nUser-Agent: z\r\nhost:[::1]:9090\r\n\r\n").as_deref(),
            Some("https://[::1]:9090/x?y=1")
        );
        for head in [
            "GET / HTTP/1.1\r\n\r\n",
            "GET http://evil/ HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a/b@c\r\n\r\n",
            "GET /\rSet-Cookie:x HTTP/1.1\r\nHost: a\r\n\r\n",
            "SSH-2.0-x\r\n\r\n",
        ] {
            assert_eq!(to(head), None, "{head:?}");
        }
    }
}
