//! Images by HTTP, to curl.

use super::{Bench, Figures, LARGE, SERVER, Server, ratio, text};
use anyhow::Result;
use std::fs;
use std::process::{Child, Stdio};
use std::time::Instant;

pub(super) fn run(bench: &Bench) -> Result<()> {
    for clients in [1, 8] {
        let title = format!("HTTP, {clients} clients");
        let all = bench.race(&title, "MiB/s", "GiB", &["ours", "nginx"], |server| downloads(bench, server, clients))?;
        let [ours, nginx] = all.as_slice() else { continue };
        let rate = ratio(ours, nginx, |one| one.rate);
        bench.judge(&format!("{title}: rate by nginx's, at least 0.9"), rate, rate >= 0.9);
        let cpu = ratio(ours, nginx, |one| one.cpu);
        bench.judge(&format!("{title}: processor time by nginx's, at most 1.3"), cpu, cpu <= 1.3);
    }
    Ok(())
}

fn serve(bench: &Bench, server: &str) -> Result<Server> {
    if server == "ours" {
        return bench.ours(":80");
    }
    let file = bench.folder.join("nginx.conf");
    fs::write(&file, nginx(text(&bench.folder)?))?;
    bench.start(&["nginx", "-c", text(&file)?], ":80")
}

/// As many as four downloads in all for one client, eight for eight.
fn downloads(bench: &Bench, name: &str, clients: u32) -> Result<Figures> {
    let server = serve(bench, name)?;
    let (file, mib) = LARGE;
    // Whoever comes first would pay for bringing it into memory.
    std::io::copy(&mut fs::File::open(bench.folder.join(file))?, &mut std::io::sink())?;
    let url = format!("http://{SERVER}/boot/{file}");
    let turns = (4 / clients).max(1);
    let mut line = vec!["curl", "-sSf"];
    for _ in 0..turns {
        line.extend(["-o", "/dev/null", &url]);
    }
    let before = server.cpu()?;
    let began = Instant::now();
    let all: Vec<Child> =
        (0..clients).map(|_| bench.client(&line).stdout(Stdio::null()).spawn()).collect::<std::io::Result<_>>()?;
    let mut lost = 0;
    for mut client in all {
        let status = client.wait()?;
        if !status.success() {
            // curl says why on its own; whoever was killed says nothing.
            eprintln!("xtask: a client of {name} ended with {status}");
            lost += 1;
        }
    }
    let mib = f64::from(mib) * f64::from(clients) * f64::from(turns);
    Ok(Figures {
        rate: mib / began.elapsed().as_secs_f64(),
        cpu: (server.cpu()? - before) / mib * 1024.0,
        rss_mib: server.rss_mib()?,
        lost,
    })
}

fn nginx(folder: &str) -> String {
    format!(
        "user root; worker_processes 2; daemon off; pid {folder}/nginx.pid; error_log /dev/null;\nevents {{ worker_connections 1024; }}\n\
         http {{ access_log off; sendfile on; tcp_nopush on; server {{ listen {SERVER}:80; location /boot/ {{ alias {folder}/; }} }} }}\n"
    )
}
