//! The HTTP server for kernels, images and kickstarts.

use super::Scene;
use std::fmt::Write as _;

const ROOT: &str = "/srv/hosted-deploy";

pub(super) fn render(scene: &Scene<'_>) -> String {
    let (host, port) = host_and_port(&scene.segment.http);
    let mut text = String::from(
        "# nginx: the files of a network boot by hosted-deploy. Put it into /etc/nginx/conf.d/; test it:  nginx -t\n",
    );
    for line in scene.how_to_publish(ROOT) {
        let _ = writeln!(text, "#   {line}");
    }
    let _ = write!(
        text,
        "server {{\n    listen {port};\n    server_name {host};\n    root {ROOT};\n    sendfile on;\n    tcp_nopush on;\n    autoindex off;\n\n\
         \x20   # iPXE reads scripts as they are; the loader of UEFI needs a length, which static files have.\n\
         \x20   location / {{\n        default_type application/octet-stream;\n    }}\n\n\
         \x20   # Kickstarts hold root's crypted password: only for the machines that are installed.\n\
         \x20   location /kickstart/ {{\n        default_type text/plain;\n        add_header Cache-Control no-store;\n",
    );
    for address in scene.nodes.iter().filter_map(|node| node.address) {
        let _ = writeln!(text, "        allow {address};");
    }
    let _ = write!(
        text,
        "        allow {}/{};\n        deny all;\n    }}\n}}\n",
        scene.segment.network, scene.segment.prefix
    );
    text
}

fn host_and_port(http: &str) -> (&str, u16) {
    let rest = http.strip_prefix("http://").unwrap_or(http);
    let host = rest.split('/').next().unwrap_or_default();
    match host.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().unwrap_or(80)),
        None => (host, 80),
    }
}
