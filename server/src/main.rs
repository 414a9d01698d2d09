//! The `hosted-deploy` command: parse, run, map the exit code.

use hosted_deploy::cli::{Exit, parse, run};
use hosted_deploy::told;
use hosted_deploy_model::lang::Lang;
use std::io::IsTerminal;
use std::process::ExitCode;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;

fn main() -> ExitCode {
    let cli = match parse() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    // `info`, or `warn,hosted_deploy=debug`.
    let filter: Option<Targets> = std::env::var("HOSTED_DEPLOY_LOG").ok().and_then(|words| words.parse().ok());
    let lines = tracing_subscriber::fmt::layer()
        // The journal shows colours as bytes.
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    tracing_subscriber::registry()
        .with(lines.with_filter(filter.unwrap_or_else(|| Targets::new().with_default(LevelFilter::WARN))))
        .init();
    let lang = cli.lang();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into(), lang),
    };
    match runtime.block_on(run(cli)) {
        Ok(exit) => exit.into(),
        Err(error) => fail(&error, lang),
    }
}

fn fail(error: &anyhow::Error, lang: Lang) -> ExitCode {
    // A reader that has seen enough (`| head`) is no failure of ours to report.
    if error
        .chain()
        .any(|cause| cause.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe))
    {
        return Exit::Done.into();
    }
    eprintln!("hosted-deploy: {}", told::of(error.as_ref()).get(lang));
    Exit::Failed.into()
}
