//! Files onto the host, by a shell script there: no SFTP subsystem needed, and root's files by the same way.

use super::{
    error::{CommandError, printable},
    exec::Exec,
    quote::quote,
    session::Session,
};

/// `$1` path, `$2` mode, `$3` size. Written beside its place and renamed over it, so that a reader sees the old or
/// the new file, whole. The size tells a cut line from the end of the file; SIGPIPE is ignored as the complaint about
/// it goes nowhere then, and the shell must live to clear the part away.
const SCRIPT: &str = r#"set -e
umask 077
case $1 in
  /*) path=$1 ;;
  *) path=./$1 ;;
esac
case $path in
  */) echo "it names a folder" >&2; exit 1 ;;
esac
if [ -d "$path" ]; then echo "it is a folder" >&2; exit 1; fi
folder=${path%/*}
mkdir -p "${folder:-/}"
part=$(mktemp "$folder/.upload.XXXXXXXX")
trap 'rm -f "$part"' EXIT
trap 'exit 1' HUP INT TERM
trap '' PIPE
cat > "$part"
if [ "$(wc -c < "$part")" -ne "$3" ]; then echo "not all bytes arrived" >&2; exit 1; fi
chmod "$2" "$part"
mv -fT "$part" "$path"
"#;

impl Session {
    /// Writes a file with these permission bits (`0o600`), replacing what was there in one step. Folders that are
    /// missing are made, for the owner only. A relative path starts in the account's home.
    ///
    /// # Errors
    /// [`CommandError::Upload`] with what the host said, or the connection was lost; the file's name then still
    /// stands for what it did before.
    pub async fn upload(&self, path: &str, mode: u32, bytes: impl AsRef<[u8]>) -> Result<(), CommandError> {
        let bytes = bytes.as_ref();
        let act = format!("writing {}", printable(path));
        let command = format!("sh -c {} sh {} {:04o} {}", quote(SCRIPT), quote(path), mode & 0o7777, bytes.len());
        let output = self.exec(Exec::new(command).stdin(bytes).named(act)).await?;
        if output.success() {
            return Ok(());
        }
        let said = printable(&String::from_utf8_lossy(&output.stderr));
        Err(CommandError::Upload {
            at: self.at().to_owned(),
            path: printable(path),
            reason: if said.is_empty() { format!("the writing script ended with {:?}", output.status) } else { said },
        })
    }
}
