//! Lists of machines: `name,mac,uuid,profile,role,address,bmc_protocol,bmc_address,bmc_user,bmc_password_file,bmc_certificate`, in any order, with
//! a first line that names the columns. Spreadsheets write `;` where the comma is the decimal point; both are read.

use super::NewNode;
use crate::text;
use hosted_deploy_model::lang::Text;
use hosted_deploy_model::node::Bmc;

const COLUMNS: [&str; 11] = [
    "name",
    "mac",
    "uuid",
    "profile",
    "role",
    "address",
    "bmc_protocol",
    "bmc_address",
    "bmc_user",
    "bmc_password_file",
    "bmc_certificate",
];

/// A line that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {}", why.en)]
pub struct BadLine {
    /// Which, from 1.
    pub line: usize,
    /// Why, and what to write.
    pub why: Text,
}

/// Reads a list; every line that cannot be read is told. With each node comes its line, counted from 1.
///
/// # Errors
/// [`BadLine`]s.
pub fn read(text: &str) -> Result<Vec<(usize, NewNode)>, Vec<BadLine>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    let Some((number, head)) = lines.next() else {
        let columns = COLUMNS.join(",");
        let why = text!(
            "the list is empty; its first line names the columns: {columns}",
            "リストが空です。1 行目に列名を書いてください: {columns}"
        );
        return Err(vec![BadLine { line: 1, why }]);
    };
    let separator = if head.contains(';') { ';' } else { ',' };
    let columns: Vec<String> = cells(head, separator).iter().map(|cell| cell.to_ascii_lowercase()).collect();
    let mut bad = Vec::new();
    for column in columns.iter().filter(|column| !COLUMNS.contains(&column.as_str())) {
        let possible = COLUMNS.join(", ");
        let why = text!(
            "there is no column {column:?}; possible are: {possible}",
            "列 {column:?} は使用できません。使用できる列: {possible}"
        );
        bad.push(BadLine { line: number + 1, why });
    }
    if !columns.iter().any(|column| column == "name") {
        let why = text!("the column \"name\" is missing", "列 \"name\" がありません");
        bad.push(BadLine { line: number + 1, why });
    }
    if !bad.is_empty() {
        return Err(bad);
    }
    let mut nodes = Vec::new();
    for (number, line) in lines {
        let cells = cells(line, separator);
        if cells.len() != columns.len() {
            let (here, first) = (cells.len(), columns.len());
            let why =
                text!("it has {here} cells, the first line {first}", "セルの数が {here} 個です (1 行目は {first} 個)");
            bad.push(BadLine { line: number + 1, why });
            continue;
        }
        let cell = |name: &str| {
            let index = columns.iter().position(|column| column == name)?;
            cells.get(index).map(String::as_str).filter(|cell| !cell.is_empty())
        };
        match node(cell) {
            Ok(node) => nodes.push((number + 1, node)),
            Err(why) => bad.push(BadLine { line: number + 1, why }),
        }
    }
    if bad.is_empty() { Ok(nodes) } else { Err(bad) }
}

fn node<'a>(cell: impl Fn(&str) -> Option<&'a str>) -> Result<NewNode, Text> {
    fn parsed<T: std::str::FromStr<Err: ToString>>(cell: Option<&str>, what: &str) -> Result<Option<T>, Text> {
        cell.map(|text| {
            text.parse().map_err(|error: T::Err| {
                let why = error.to_string();
                text!("{what} {text:?}: {why}", "{what} {text:?} は使用できません ({why})")
            })
        })
        .transpose()
    }
    let bmc = match (cell("bmc_address"), cell("bmc_user"), cell("bmc_password_file")) {
        (None, None, None) => None,
        (Some(address), Some(user), Some(file)) => {
            let protocol = parsed(cell("bmc_protocol"), "bmc_protocol")?.unwrap_or_default();
            let certificate = parsed(cell("bmc_certificate"), "bmc_certificate")?;
            let (address, user, password_file) = (address.to_owned(), user.to_owned(), file.to_owned());
            Some(Bmc { protocol, address, user, password_file, certificate })
        }
        _ => {
            return Err(text!(
                "bmc_address, bmc_user and bmc_password_file are given together",
                "bmc_address、bmc_user、bmc_password_file は 3 つとも指定してください"
            ));
        }
    };
    Ok(NewNode {
        name: cell("name").ok_or_else(|| text!("it has no name", "name がありません"))?.to_owned(),
        mac: parsed(cell("mac"), "mac")?,
        uuid: parsed(cell("uuid"), "uuid")?,
        role: parsed(cell("role"), "role")?.unwrap_or_default(),
        profile: cell("profile").map(str::to_owned),
        address: parsed(cell("address"), "address")?,
        bmc,
    })
}

/// The cells of a line; quotes as RFC 4180 has them, without line breaks inside.
fn cells(line: &str, separator: char) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut characters = line.trim_end_matches('\r').chars().peekable();
    while let Some(character) = characters.next() {
        let Some(cell) = cells.last_mut() else { break };
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            c if c == separator && !quoted => cells.push(String::new()),
            c => cell.push(c),
        }
    }
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn columns_stand_in_any_order_and_cells_may_be_quoted() {
        let text =
            "mac;name;role;address\n52-54-00-AB-CD-01;\"node1\";host;192.0.2.50\n\n# a comment\n525400abcd02;node2;;\n";
        let (lines, nodes): (Vec<usize>, Vec<NewNode>) = read(text).unwrap().into_iter().unzip();
        assert_eq!(lines, [2, 5]);
        assert_eq!(nodes[0].mac.unwrap().to_string(), "52:54:00:ab:cd:01");
        assert_eq!(nodes[0].address.unwrap().to_string(), "192.0.2.50");
        assert_eq!((nodes[0].role.word(), nodes[1].role.word()), ("host", "self-hosted-engine-node"));
        assert_eq!(nodes[1].name, "node2");
    }

    #[test]
    fn controllers_are_read_with_their_protocol_and_certificate() {
        let certificate = "AB:".repeat(31) + "CD";
        let text = format!(
            "name,bmc_protocol,bmc_address,bmc_user,bmc_password_file,bmc_certificate\n\
             a,redfish,bmc1,admin,/p,{certificate}\nb,,bmc2,admin,/p,\n"
        );
        let nodes = read(&text).unwrap();
        let shown: Vec<String> = nodes.iter().map(|(_, node)| node.bmc.as_ref().unwrap().to_string()).collect();
        assert_eq!(shown, ["redfish admin@bmc1", "ipmi admin@bmc2"]);
        assert_eq!(nodes[0].1.bmc.as_ref().unwrap().certificate.unwrap().to_string(), certificate);
        let bad = read(&text.replace("redfish", "snmp").replace("AB:", "")).unwrap_err();
        assert!(bad[0].to_string().contains("ipmi or redfish"), "{}", bad[0]);
    }

    #[test]
    fn every_bad_line_is_told() {
        let text = "name,mac\nnode1,52:54:00:00:00:zz\nnode2\n,52:54:00:00:00:01\n";
        let bad: Vec<String> = read(text).unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(bad.len(), 3);
        assert!(bad[0].starts_with("line 2: mac \"52:54:00:00:00:zz\": "), "{}", bad[0]);
        assert_eq!(bad[1], "line 3: it has 1 cells, the first line 2");
        assert_eq!(bad[2], "line 4: it has no name");
        assert!(read("name,colour\n").unwrap_err()[0].why.en.contains("\"colour\""));
        assert!(read("").is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            let _ = read(&text);
            let _ = read(&format!("name,mac\n{text}"));
        }
    }
}
