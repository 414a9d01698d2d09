//! `hosted-deploy action NAME`: something done about the engine, on one host.

use super::hosts::Hosts;
use super::{Common, Exit, ask, print};
use crate::runs::driver::who;
use crate::troubleshoot::record::Record;
use crate::troubleshoot::{self, Acted, Told, Wanted};
use clap::Args;
use hosted_deploy_model::health::{Action, Objection};
use hosted_deploy_model::lang::Lang;

/// Which action, where, and whether to ask.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 done and its effect seen · 1 failed, or no effect seen · 2 bad usage · 3 refused, the host's state speaks against it · 4 cannot connect · 130 not confirmed")]
pub(super) struct ActionArgs {
    /// Its name, in one word or two (`set-maintenance global`); without one, all are listed
    #[arg(value_name = "NAME", num_args = 0..=2)]
    name: Vec<String>,
    #[command(flatten)]
    hosts: Hosts,
    /// For clean-metadata: the number of the host whose block is removed [default: this host's]
    #[arg(long, value_name = "N")]
    host_id: Option<u32>,
    /// Confirm a harmful action: the engine's FQDN, as the question would have it typed
    #[arg(long, value_name = "ENGINE")]
    confirm: Option<String>,
    /// Only say what speaks against it; do nothing
    #[arg(long)]
    dry_run: bool,
    /// Print what came of it as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &ActionArgs, common: &Common) -> anyhow::Result<Exit> {
    let lang = common.lang();
    if args.name.is_empty() {
        print(list(lang).trim_end())?;
        return Ok(Exit::Done);
    }
    let name = args.name.join("-");
    let Some(action) = Action::from_name(&name) else {
        eprintln!("{}", unknown(&name, lang));
        return Ok(Exit::Usage);
    };
    let host = match args.hosts.one(common)? {
        Ok(host) => host,
        Err(exit) => return Ok(exit),
    };
    let session = match host.connect(common).await? {
        Ok(session) => session,
        Err(error) => return Ok(super::deploy::unreachable(&error, lang)),
    };
    let who = format!("{}, as {}", who().trim_start_matches("started by "), session.at());
    let wanted = Wanted { action, target: args.host_id, host: host.name.clone(), who };
    let (reading, objections) = troubleshoot::look(&session, &wanted).await?;
    if !args.json {
        eprintln!("{}: {}\n{}", action.name(), action.title().get(lang), action.consequences().get(lang));
        objections.iter().for_each(|objection| eprintln!("{}", said(objection, lang)));
    }
    let refused = objections.iter().any(|objection| objection.refuses);
    if args.dry_run || refused {
        let nothing_done = if refused {
            lang.pick("It was not done.", "実行していません。")
        } else {
            lang.pick(
                "Nothing stops it. It was not done, as --dry-run was given.",
                "実行できる状態です (--dry-run のため実行していません)。",
            )
        };
        if !args.json {
            eprintln!("{nothing_done}");
        }
    }
    if args.dry_run {
        return Ok(if refused { Exit::Blocked } else { Exit::Done });
    }
    if !refused && action.is_harmful() && !confirmed(args, &reading.engine, lang)? {
        return Ok(Exit::Cancelled);
    }
    let mut open_line = false;
    let tell = |told: Told| match told {
        // As it comes; a reader that went away does not stop an action half-way.
        Told::Said(text) if !args.json => {
            open_line = !text.ends_with('\n');
            let _ = super::print_part(&text);
        }
        Told::Looking if !args.json && action.patience_secs() > 0 => eprintln!(
            "{}",
            lang.pick("The host is read until the effect shows.", "効果を確認するまでホストを読み取ります。")
        ),
        Told::Said(_) | Told::Looking => {}
    };
    let acted = troubleshoot::act(&session, &wanted, &Record::of(&common.state()?), tell).await?;
    session.close().await;
    let (json, exit) = match &acted {
        Acted::Refused(why) => (serde_json::json!({ "refused": why }), Exit::Blocked),
        Acted::Ended { said, outcome } => {
            if !args.json {
                if open_line {
                    super::print_part("\n")?;
                }
                // The console's command is all there is to it.
                match action {
                    Action::Console => print(&console(&host.answers))?,
                    _ => print(outcome.sentence().get(lang))?,
                }
            }
            let exit = if outcome.is_good() { Exit::Done } else { Exit::Failed };
            (serde_json::json!({ "said": said, "ended": outcome }), exit)
        }
    };
    if args.json {
        print(&json.to_string())?;
    }
    Ok(exit)
}

/// How to get to the console: the person's own ssh, as a terminal belongs to it.
fn console(answers: &hosted_deploy_model::answers::Answers) -> String {
    let target = crate::reach::target(answers);
    let port = if target.port == 22 { String::new() } else { format!(" -p {}", target.port) };
    let sudo = if target.user == "root" { "" } else { "sudo " };
    format!("ssh -t{port} {}@{} {sudo}hosted-engine --console", target.user, target.address)
}

fn said(objection: &Objection, lang: Lang) -> String {
    let sign = if objection.refuses { "✗" } else { "!" };
    format!("  {sign} {}", objection.text.get(lang))
}

fn confirmed(args: &ActionArgs, engine: &str, lang: Lang) -> anyhow::Result<bool> {
    if let Some(typed) = &args.confirm {
        if typed == engine {
            return Ok(true);
        }
        eprintln!("--confirm {typed}: {} {engine}", lang.pick("the engine is", "エンジンは"));
        return Ok(false);
    }
    if !ask::anybody() {
        eprintln!(
            "{} --confirm {engine}",
            lang.pick(
                "This can harm, and nobody can be asked here: confirm it by",
                "影響の大きい操作です。確認を入力できないため、次を指定してください:"
            )
        );
        return Ok(false);
    }
    let question = match lang {
        Lang::En => format!("This can harm. Type the engine's name ({engine}) to do it:"),
        Lang::Ja => format!("影響の大きい操作です。実行するにはエンジン名 ({engine}) を入力してください:"),
    };
    Ok(ask::line(&question)?.as_deref() == Some(engine))
}

/// All actions, with how one is given.
fn list(lang: Lang) -> String {
    let mut text = String::new();
    for action in Action::ALL {
        let harm = if action.is_harmful() { lang.pick(" (asks)", " (確認あり)") } else { "" };
        text.push_str(&format!("  {:<24} {}{harm}\n", action.name(), action.title().get(lang)));
    }
    text.push_str(lang.pick(
        "\n`hosted-deploy action NAME --host HOST --dry-run` says what an action means and whether something speaks against it.\n",
        "\n`hosted-deploy action 名前 --host HOST --dry-run` で、操作の影響と実行できるかどうかを確認できます。\n",
    ));
    text
}

/// A name that none has; of one that only lacks its end, those it may be.
fn unknown(name: &str, lang: Lang) -> String {
    let begun = |action: &&Action| action.name().strip_prefix(name).is_some_and(|rest| rest.starts_with('-'));
    let near: Vec<String> =
        Action::ALL.iter().filter(begun).map(|action| format!("hosted-deploy action {}", action.name())).collect();
    match (near.is_empty(), lang) {
        (false, Lang::En) => format!("{name} which? One of:\n\n  {}", near.join("\n  ")),
        (false, Lang::Ja) => format!("{name} の対象を指定してください:\n\n  {}", near.join("\n  ")),
        (true, Lang::En) => format!("There is no action {name}. These are:\n\n{}", list(lang).trim_end()),
        (true, Lang::Ja) => format!("{name} という操作はありません。次の操作があります:\n\n{}", list(lang).trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_lacks_its_end_is_answered_by_those_it_may_be() {
        let told = unknown("set-maintenance", Lang::En);
        for end in ["global", "local", "none"] {
            assert!(told.contains(&format!("hosted-deploy action set-maintenance-{end}")), "{told}");
        }
        assert!(!told.contains("vm-start"), "{told}");
        assert!(unknown("vm-strat", Lang::Ja).contains("vm-start"), "all are listed");
    }
}
