//! Secrets: read when they are needed, and never shown.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// No secret is longer; a file that is was named by mistake.
const LONGEST_BYTES: u64 = 8 * 1024;

/// Who else may read a file, by its mode.
const OTHERS: u32 = 0o077;

/// Something nobody is to see: it prints as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A URL, which may be one.
    #[must_use]
    pub fn from_url(url: &url::Url) -> Self {
        Self(url.to_string())
    }

    #[cfg(test)]
    pub(super) fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The secret itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The secret in a file, without the end of its line.
///
/// # Errors
/// In words: it cannot be read, others can read it, too, or there is nothing in it.
pub fn of_file(file: &Path) -> Result<Secret, String> {
    let shown = file.display();
    let failed = |error: std::io::Error| format!("{shown} cannot be read: {error}");
    let opened = File::open(file).map_err(failed)?;
    let about = opened.metadata().map_err(failed)?;
    if about.permissions().mode() & OTHERS != 0 {
        return Err(format!("{shown} can be read by others: run `chmod 600 {shown}`"));
    }
    let mut text = String::new();
    opened.take(LONGEST_BYTES).read_to_string(&mut text).map_err(failed)?;
    filled(&text).ok_or_else(|| format!("{shown} is empty: write the secret into it"))
}

/// The secret in a variable of the environment.
///
/// # Errors
/// In words: it is not set.
#[expect(clippy::disallowed_methods, reason = "a secret may stand in the environment")]
pub fn of_environment(name: &str) -> Result<Secret, String> {
    let set = std::env::var(name).ok();
    set.as_deref()
        .and_then(filled)
        .ok_or_else(|| format!("the environment's {name} is not set: set it, or name a file"))
}

fn filled(text: &str) -> Option<Secret> {
    let text = text.trim();
    (!text.is_empty()).then(|| Secret(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};

    use super::*;

    #[test]
    fn a_secret_is_read_from_a_file_of_ours_alone_and_never_printed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        assert!(of_file(&file).unwrap_err().contains("cannot be read"));
        fs::write(&file, "hunter2\n").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
        assert!(of_file(&file).unwrap_err().contains("chmod 600"));
        fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
        let secret = of_file(&file).unwrap();
        assert_eq!(secret.reveal(), "hunter2");
        assert_eq!(format!("{secret:?}"), "***");
        fs::write(&file, " \n").unwrap();
        assert!(of_file(&file).unwrap_err().contains("empty"));
        assert!(of_environment("OVERHEARD_THERE_IS_NONE").unwrap_err().contains("not set"));
    }
}
