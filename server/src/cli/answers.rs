//! stopgap
use clap::Args;
use hosted_deploy_model::answers::Answers;
use hosted_deploy_model::lang::Lang;
use std::path::Path;
/// stopgap
#[derive(Debug, Args)]
pub struct AnswersArgs {}
pub(super) fn run(_: AnswersArgs, _: Lang) -> anyhow::Result<super::Exit> {
    Ok(super::Exit::Usage)
}
pub(super) fn read_file(path: &Path, _: Lang) -> anyhow::Result<Answers> {
    hosted_deploy_model::formats::read(&std::fs::read_to_string(path)?, None)
        .map(|r| r.answers)
        .map_err(|p| anyhow::anyhow!("{p:?}"))
}
