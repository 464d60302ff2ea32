//! The marketer's folder on the disk: a change is made whole or not at all, and can be undone.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Where the last change is remembered, beside the files: `overheard sources undo` reads it.
const LAST: &str = ".last-change.json";

/// A change to one file of the folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Its name in the folder.
    pub file: PathBuf,
    /// What it held; absent where it was not there.
    pub before: Option<String>,
    /// What it is to hold; absent where it is to go.
    pub after: Option<String>,
    /// What was done, for whoever undoes it: "paused daily-rack".
    pub what: String,
}

/// A change that could not be made or undone; nothing was touched.
#[derive(Debug, thiserror::Error)]
pub enum NotChanged {
    /// Somebody else has changed the file since.
    #[error("{} has changed meanwhile: nothing was written; look at it and try again", .0.display())]
    Meanwhile(PathBuf),
    /// There is nothing to undo.
    #[error("there is no change of ours to undo in {}", .0.display())]
    Nothing(PathBuf),
    /// The disk would not.
    #[error("{}: {source}", file.display())]
    Io {
        /// Which file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Makes a change, and remembers how it is undone.
///
/// # Errors
/// [`NotChanged`].
pub fn make(folder: &Path, change: &Change) -> Result<(), NotChanged> {
    let file = folder.join(&change.file);
    if text_of(&file)? != change.before {
        return Err(NotChanged::Meanwhile(file));
    }
    let last = folder.join(LAST);
    // First how to undo it: a change that was remembered and not made is told from one that was.
    let remembered = serde_json::to_string(change).map_err(|error| io(&last)(error.into()))?;
    write(&last, &remembered)?;
    match &change.after {
        Some(text) => write(&file, text),
        None => fs::remove_file(&file).map_err(io(&file)),
    }
}

/// Undoes the last change, and gives it; undoing once more makes it again.
///
/// # Errors
/// [`NotChanged`]: there is none, or the file was changed since.
pub fn undo(folder: &Path) -> Result<Change, NotChanged> {
    let remembered = text_of(&folder.join(LAST))?;
    let last: Change = remembered
        .and_then(|text| serde_json::from_str(&text).ok())
        .ok_or_else(|| NotChanged::Nothing(folder.to_owned()))?;
    let back = Change { before: last.after.clone(), after: last.before.clone(), ..last.clone() };
    make(folder, &back)?;
    Ok(last)
}

fn text_of(file: &Path) -> Result<Option<String>, NotChanged> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io(file)(error)),
    }
}

/// Writes a file whole or not at all: whoever reads it meanwhile sees the old one or the new one.
fn write(file: &Path, text: &str) -> Result<(), NotChanged> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let fresh = folder.join(format!(".{name}.part"));
    let written = File::create(&fresh).and_then(|mut out| {
        out.write_all(text.as_bytes())?;
        // Keeps the permissions of the file that is replaced; a new one has the usual ones.
        if let Ok(old) = fs::metadata(file) {
            out.set_permissions(old.permissions())?;
        }
        out.sync_all()
    });
    let renamed = written.and_then(|()| fs::rename(&fresh, file));
    if renamed.is_err() {
        _ = fs::remove_file(&fresh);
    }
    renamed.map_err(io(file))
}

fn io(file: &Path) -> impl FnOnce(io::Error) -> NotChanged + '_ {
    move |source| NotChanged::Io { file: file.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(before: Option<&str>, after: Option<&str>) -> Change {
        let text = |text: &str| text.to_owned();
        Change {
            file: "a.toml".into(),
            before: before.map(text),
            after: after.map(text),
            what: "changed it".to_owned(),
        }
    }

    #[test]
    fn a_change_is_undone_and_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.toml");
        assert!(matches!(undo(folder.path()), Err(NotChanged::Nothing(_))));
        make(folder.path(), &change(None, Some("one"))).unwrap();
        make(folder.path(), &change(Some("one"), Some("two"))).unwrap();
        assert_eq!(undo(folder.path()).unwrap().what, "changed it");
        assert_eq!(fs::read_to_string(&file).unwrap(), "one");
        undo(folder.path()).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "two");
        make(folder.path(), &change(Some("two"), None)).unwrap();
        assert!(!file.exists());
        undo(folder.path()).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "two");
    }

    #[test]
    fn what_somebody_else_wrote_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.toml");
        make(folder.path(), &change(None, Some("one"))).unwrap();
        fs::write(&file, "mine").unwrap();
        for refused in
            [make(folder.path(), &change(Some("one"), None)), undo(folder.path()).map(|_| ())]
        {
            assert!(matches!(refused, Err(NotChanged::Meanwhile(_))));
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    }
}
