//! Profiles and images with what is missing, and files for other people's servers.

use super::show::stamp;
use super::{Board, refused, unusable};
use crate::nodes::render::{Asked, NoFiles, files, nodes, segment};
use crate::told;
use hosted_deploy_app::nodes::api::{ImageLine, ProfileLine, Rendered, Stock, Wanted};
use hosted_deploy_app::refused::Refused;
use hosted_deploy_model::lang::{Lang, Text};
use hosted_deploy_model::node::Node;
use hosted_deploy_model::problem::Problem;
use hosted_deploy_pxe::image::{Image, Images};
use hosted_deploy_pxe::profile::{Profile, ProfileError, Profiles};
use hosted_deploy_pxe::render::Target;
use std::net::Ipv4Addr;

pub(super) fn stock(board: &Board) -> Result<Stock, Refused> {
    let places = board.places()?;
    let nodes = board.nodes()?.list().map_err(|error| unusable(&error))?;
    let (images, profiles) =
        (places.images().map_err(|error| unusable(&error))?, places.profiles().map_err(|error| unusable(&error))?);
    let names = profiles.names().map_err(|error| unusable(&error))?;
    let all = images.list().map_err(|error| unusable(&error))?;
    Ok(Stock {
        profiles: names.into_iter().map(|name| profile_line(name, &profiles, &images, &nodes)).collect(),
        images: all.iter().map(|image| image_line(image, &images)).collect(),
        targets: Target::ALL.iter().map(|(word, _)| (*word).to_owned()).collect(),
        state_dir: board.state_dir(),
    })
}

fn image_line(image: &Image, images: &Images) -> ImageLine {
    ImageLine {
        name: image.name.clone(),
        kind: image.kind.title().to_owned(),
        version: image.version.clone(),
        iso: image.iso.display().to_string(),
        imported: stamp(image.imported),
        trouble: images.presence(image).err().map(|trouble| told::of(&trouble)),
    }
}

fn profile_line(name: String, profiles: &Profiles, images: &Images, nodes: &[Node]) -> ProfileLine {
    let read = profiles.get(&name);
    let missing = match &read {
        Ok(profile) => missing(profile, images),
        Err(ProfileError::Wrong { problems, .. }) => problems.iter().map(both).collect(),
        Err(error) => vec![told::of(error)],
    };
    let profile = read.unwrap_or_default();
    ProfileLine {
        nodes: nodes.iter().filter(|node| node.profile.as_deref() == Some(name.as_str())).count(),
        kind: profile.kind.map_or_else(String::new, |kind| kind.title().to_owned()),
        image: profile.image.unwrap_or_default(),
        description: profile.description.unwrap_or_default(),
        missing,
        name,
    }
}

/// What keeps a profile from installing anything today.
fn missing(profile: &Profile, images: &Images) -> Vec<Text> {
    let image = match profile.image.as_deref().map(|name| (name, images.get(name))) {
        Some((name, Err(_))) => {
            return vec![Text::new(
                format!("The image {name} is not imported: `hosted-deploy pxe image import FILE.iso --name {name}`"),
                format!(
                    "イメージ {name} が取り込まれていません: `hosted-deploy pxe image import FILE.iso --name {name}`"
                ),
            )];
        }
        Some((_, Ok(image))) => Some(image),
        None => None,
    };
    let trouble = image.as_ref().and_then(|image| images.presence(image).err());
    let trouble = trouble.map(|trouble| told::of(&trouble));
    trouble.into_iter().chain(profile.problems(image.as_ref()).iter().map(both)).collect()
}

fn both(problem: &Problem) -> Text {
    Text::new(problem.line(Lang::En), problem.line(Lang::Ja))
}

pub(super) fn render(board: &Board, wanted: &Wanted) -> Result<Result<Rendered, Vec<Problem>>, Refused> {
    let places = board.places()?;
    let asked = match asked(wanted) {
        Ok(asked) => asked,
        Err(problems) => return Ok(Err(problems)),
    };
    let Some((_, target)) = Target::ALL.into_iter().find(|(word, _)| *word == wanted.target) else {
        let what = Text::new("There is no such target.", "この対象には対応していません。");
        return Ok(Err(vec![Problem::new("target", what, Text::new("", ""))]));
    };
    let segment = match segment(&asked) {
        Ok(segment) => segment,
        Err(problem) => return Ok(Err(vec![*problem])),
    };
    let of_profile = nodes(&places, &wanted.profile, &[]).map_err(|error| refused(&error))?;
    match files(&places, target, &wanted.profile, &of_profile, segment, false) {
        Ok(files) => Ok(Ok(Rendered {
            veiled: files.iter().any(|file| file.secret),
            files: files.into_iter().map(|file| (file.name, file.text)).collect(),
            command: command(board, wanted, &asked),
        })),
        Err(NoFiles::Wrong(problems)) => Ok(Err(problems)),
        Err(NoFiles::Unreadable(why)) => {
            Err(Refused::new(why, Text::new("No file was made.", "ファイルは作成されていません。")))
        }
    }
}

/// Every address that cannot be read, by its field.
fn asked(wanted: &Wanted) -> Result<Asked, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut address = |field: &str, text: &str| -> Option<Ipv4Addr> {
        let text = text.trim();
        let read = text.parse().ok();
        if read.is_none() && !text.is_empty() {
            problems.push(Problem::new(
                field,
                Text::new(
                    format!("{text:?} is no IPv4 address."),
                    format!("{text:?} は IPv4 アドレスではありません。"),
                ),
                Text::new("Write it like 192.0.2.1.", "192.0.2.1 のように入力してください。"),
            ));
        }
        read
    };
    let (server, router) = (address("server", &wanted.server), address("router", &wanted.router));
    let dns = wanted.dns.split([' ', ',', ';']).filter_map(|one| address("dns", one)).collect();
    if !problems.is_empty() {
        return Err(problems);
    }
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    Ok(Asked {
        subnet: wanted.subnet.trim().to_owned(),
        range: given(&wanted.range),
        router,
        dns,
        domain: given(&wanted.domain),
        interface: wanted.interface.trim().to_owned(),
        server,
        http: given(&wanted.http),
        proxy: wanted.proxy,
    })
}

/// Writes the same files, with their secrets. Every value has passed the rules: none needs a quote.
fn command(board: &Board, wanted: &Wanted, asked: &Asked) -> String {
    let mut words = vec![format!("hosted-deploy pxe render {} --profile {}", wanted.target, wanted.profile)];
    let mut add = |option: &str, value: Option<String>| words.extend(value.map(|value| format!("--{option} {value}")));
    add("subnet", Some(asked.subnet.clone()));
    add("server", asked.server.map(|server| server.to_string()));
    add("interface", Some(asked.interface.clone()));
    add("range", asked.range.as_ref().map(|range| range.split_whitespace().collect()));
    add("router", asked.router.map(|router| router.to_string()));
    for one in &asked.dns {
        add("dns", Some(one.to_string()));
    }
    add("domain", asked.domain.clone());
    add("http", asked.http.clone());
    if asked.proxy {
        words.push("--proxy".to_owned());
    }
    words.push("-o FOLDER".to_owned());
    format!("{}{}", words.join(" "), board.state_dir())
}
