//! The installation's own key: what its links are signed with.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::{Context as _, ensure};

use crate::config::Config;
use crate::views::Links;
use crate::views::links::KEY_BYTES;

/// Permissions that let others in.
const OTHERS: u32 = 0o077;

/// The addresses of the pages of these settings; the key is made at first use, and only where there are
/// pages.
///
/// # Errors
/// The key cannot be read or made, or others could read it.
pub fn links(config: &Config) -> anyhow::Result<Links> {
    let base_url = &config.web.base_url;
    if base_url.is_empty() {
        return Ok(Links::none());
    }
    let links = Links::at(base_url, key(&config.data.join("keys"))?);
    Ok(links.where_mails_are_answered(config.web.replies().is_some()))
}

fn key(folder: &Path) -> anyhow::Result<[u8; KEY_BYTES]> {
    let file = folder.join("links");
    let held = match fs::read(&file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make(folder).with_context(|| format!("making {}", file.display()))?;
            // Of two processes that make it at once one is quicker, and its key stands.
            fs::read(&file)
        }
        held => held,
    };
    let held = held.with_context(|| format!("reading {}", file.display()))?;
    let mode = fs::metadata(&file).with_context(|| file.display().to_string())?.permissions();
    ensure!(
        mode.mode() & OTHERS == 0,
        "{} can be read by others, who could answer for every reader: `chmod 600 {}`",
        file.display(),
        file.display()
    );
    held.try_into().map_err(|_| {
        anyhow::anyhow!(
            "{} is not the key it was: take it from a backup, or delete it; the links of digests that \
             were sent stop working then",
            file.display()
        )
    })
}

fn make(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut bytes = [0; KEY_BYTES];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    // Whole or not at all: a link made with half a key could never be read again.
    let fresh = folder.join(format!("links.{}.new", std::process::id()));
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    let linked = fs::hard_link(&fresh, folder.join("links"));
    fs::remove_file(&fresh)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_refused_where_others_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("keys");
        let made = key(&keys).unwrap();
        assert_eq!(key(&keys).unwrap(), made);
        assert_ne!(made, [0; KEY_BYTES]);
        fs::set_permissions(keys.join("links"), fs::Permissions::from_mode(0o644)).unwrap();
        let refused = key(&keys).unwrap_err().to_string();
        assert!(refused.contains("chmod 600"), "{refused}");
        fs::set_permissions(keys.join("links"), fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(keys.join("links"), b"short").unwrap();
        assert!(key(&keys).unwrap_err().to_string().contains("not the key it was"));
    }
}
