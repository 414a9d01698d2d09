//! Answer files: read into the draft, written out of it.

use super::{Desk, shown};
use crate::web::gate;
use crate::web::router::Web;
use crate::web::session::Session;
use axum::Extension;
use axum::extract::{Path as Segment, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use hosted_deploy_app::refused::Refused;
use hosted_deploy_app::wizard::api::Imported;
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::formats::{self, Format};
use hosted_deploy_model::lang::Text;
use hosted_deploy_model::problem::Problem;
use std::sync::Arc;

/// The name in the address, the format, the ending of the file.
const FORMATS: [(&str, Format, &str); 4] = [
    ("toml", Format::Toml, "toml"),
    ("yaml", Format::Yaml, "yaml"),
    ("json", Format::Json, "json"),
    ("he-vars", Format::HeVars, "he_vars.yaml"),
];

impl Desk {
    pub(super) fn read_file(&self, name: &str, text: &str) -> Result<Imported, Refused> {
        let reading =
            formats::read(text, Format::of_file_name(name)).map_err(|problems| unreadable(name, &problems))?;
        let mut notices: Vec<Text> = reading
            .notices
            .iter()
            .map(|notice| {
                let (at, key, Text { en, ja }) = (notice.at, &notice.key, &notice.text);
                Text::new(format!("{at} {key}: {en}"), format!("{at} {key}: {ja}"))
            })
            .collect();
        notices.extend(self.other_host(&reading.answers));
        notices.extend(references(&reading.answers));
        let (draft, ()) = self.change(|draft| {
            draft.replace(&reading.answers);
            if draft.values.get("engine_vm.mac").is_empty() {
                super::begin_draft(draft);
            }
            Ok(())
        })?;
        Ok(Imported { format: reading.format.name().to_owned(), notices, draft: shown(&draft) })
    }

    fn other_host(&self, answers: &Answers) -> Option<Text> {
        let address = answers.host.address.as_ref().filter(|address| **address != self.session.address)?;
        let here = &self.session.address;
        Some(Text::new(
            format!(
                "host.address: the file is for {address}; you are logged in to {here}, and that is where the deployment will run."
            ),
            format!(
                "host.address: このファイルは {address} 用です。現在は {here} にログインしており、デプロイはここで実行されます。"
            ),
        ))
    }

    fn write_file(&self, format: Format) -> Result<Option<String>, Refused> {
        let draft = self.draft()?;
        let (mut answers, _) = draft.values.answers(|_| None);
        let (with_host, _) = self.answers(&draft);
        answers.host = with_host.host;
        Ok(formats::write(&answers, format))
    }
}

/// Passwords that the file names instead of holding them: what stands in the server's environment and files is not
/// for whoever can upload a text.
fn references(answers: &Answers) -> Vec<Text> {
    let open = answers.secret_fields().into_iter().filter(|(_, secret)| secret.value().is_none());
    open.filter_map(|(path, secret)| Some((path, secret.source()?)))
        .map(|(path, source)| {
            Text::new(
                format!("{path}: {source} is not read here; type the password."),
                format!("{path}: {source} はここでは読み取りません。パスワードを入力してください。"),
            )
        })
        .collect()
}

fn unreadable(name: &str, problems: &[Problem]) -> Refused {
    use hosted_deploy_model::lang::Lang;
    let lines = |lang: Lang| {
        let line = |problem: &Problem| match problem.at {
            Some(at) => format!("{at}: {}", problem.line(lang)),
            None => problem.line(lang),
        };
        problems.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    let (en, ja) = (lines(Lang::En), lines(Lang::Ja));
    Refused::new(
        Text::new(
            format!("{name} was not read, and nothing was changed.\n{en}"),
            format!("{name} を読み取れませんでした。何も変更していません。\n{ja}"),
        ),
        Text::new("Mend the lines named and import it again.", "該当する行を修正して、再度インポートしてください。"),
    )
}

/// The draft as a file to download.
pub(in crate::web) async fn export(
    State(web): State<Web>,
    Extension(session): Extension<Arc<Session>>,
    Segment(format): Segment<String>,
    headers: HeaderMap,
) -> Response {
    let Some((_, format, ending)) = FORMATS.into_iter().find(|(name, ..)| *name == format) else {
        return gate::not_found(&headers);
    };
    match web.desks.of(session).write_file(format) {
        Ok(Some(text)) => {
            let name = format!("attachment; filename=\"answers.{ending}\"");
            (
                [(header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)],
                text,
            )
                .into_response()
        }
        _ => gate::not_found(&headers),
    }
}
