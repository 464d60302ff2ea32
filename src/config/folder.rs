//! The marketer's folder on the disk: a change is made whole or not at all, and can be undone.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::back::{Lost, back};
use super::market::is_table;

/// Where the last change is remembered, beside the files: `overheard sources undo` reads it.
const LAST: &str = ".last-change.json";

/// What commands hold while they change the folder, one at a time.
const LOCK: &str = ".lock";

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

/// What a command did last, to one file or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last {
    /// The change, or the first of them.
    #[serde(flatten)]
    pub change: Change,
    /// The others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Change>,
    /// Whether it took back what was done before it.
    #[serde(default)]
    pub undone: bool,
}

/// A change that could not be made or undone; nothing was touched.
#[derive(Debug, thiserror::Error)]
pub enum NotChanged {
    /// Somebody else has changed the file since.
    #[error("{} has changed meanwhile: nothing was written; look at it and try again", .0.display())]
    Meanwhile(PathBuf),
    /// The file that was changed is not there any more.
    #[error(
        "{} is gone since it was changed: nothing was written; what it held before and afterwards stands in {}",
        file.display(),
        last.display()
    )]
    Gone {
        /// Which file.
        file: PathBuf,
        /// Where its texts are.
        last: PathBuf,
    },
    /// The very place was changed since.
    #[error(
        "{} was changed since{}: nothing was written{}",
        file.display(),
        if ids.is_empty() { String::new() } else { format!(", and just there ({})", ids.join(", ")) },
        pasted(before, last)
    )]
    Touched {
        /// Which file.
        file: PathBuf,
        /// The entries that cannot be brought back.
        ids: Vec<String>,
        /// How they stood before.
        before: String,
        /// Where the whole texts are.
        last: PathBuf,
    },
    /// It is a change to something else than a list of the folder.
    #[error("{} is no list of the folder of sources: nothing was written; undo by hand", .0.display())]
    Foreign(PathBuf),
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

/// The folder as long as one command has it to itself: others wait until this is dropped.
#[derive(Debug)]
pub struct Held {
    folder: PathBuf,
    _lock: File,
}

/// Waits until no other command changes the folder, and holds it.
///
/// # Errors
/// [`NotChanged::Io`].
pub fn hold(folder: &Path) -> Result<Held, NotChanged> {
    fs::create_dir_all(folder).map_err(io(folder))?;
    let file = folder.join(LOCK);
    let open = File::options().create(true).truncate(false).write(true).open(&file);
    let lock = open.and_then(|lock| lock.lock().map(|()| lock)).map_err(io(&file))?;
    Ok(Held { folder: folder.to_owned(), _lock: lock })
}

impl Held {
    /// Makes a change, and remembers how it is undone.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub fn make(&self, change: &Last) -> Result<(), NotChanged> {
        for Change { file, before, .. } in change.all() {
            if !is_ours(file) {
                return Err(NotChanged::Foreign(file.clone()));
            }
            let file = self.folder.join(file);
            if text_of(&file)? != *before {
                return Err(NotChanged::Meanwhile(file));
            }
        }
        let last = self.folder.join(LAST);
        // First how to undo it: a change that was remembered and not made is told from one that was.
        let remembered = serde_json::to_string(change).map_err(|error| io(&last)(error.into()))?;
        write(&last, &remembered)?;
        for Change { file, before, after, .. } in change.all() {
            let file = self.folder.join(file);
            match after {
                Some(text) if *after != *before => write(&file, text)?,
                None if before.is_some() => fs::remove_file(&file).map_err(io(&file))?,
                _ => {}
            }
        }
        Ok(())
    }

    /// What takes back the last thing that was done, in the files as they are now; doing so once more
    /// makes it again. What others wrote in them since stays.
    ///
    /// # Errors
    /// [`NotChanged`]: there is nothing to take back, or the very places were changed since.
    pub fn back(&self) -> Result<Last, NotChanged> {
        let last = self.folder.join(LAST);
        let done: Last = text_of(&last)?
            .and_then(|text| serde_json::from_str(&text).ok())
            .ok_or_else(|| NotChanged::Nothing(self.folder.clone()))?;
        let back = |change: &Change| {
            if !is_ours(&change.file) {
                return Err(NotChanged::Foreign(change.file.clone()));
            }
            let file = self.folder.join(&change.file);
            back(change, text_of(&file)?.as_deref()).map_err(|lost| match lost {
                Lost::Gone => NotChanged::Gone { file, last: last.clone() },
                Lost::Changed { ids, before } => {
                    NotChanged::Touched { file, ids, before, last: last.clone() }
                }
            })
        };
        Ok(Last {
            change: back(&done.change)?,
            also: done.also.iter().map(back).collect::<Result<_, _>>()?,
            undone: !done.undone,
        })
    }
}

impl Last {
    /// Changes that are made together; none where there is nothing to change.
    #[must_use]
    pub fn of(changes: Vec<Change>, what: &str) -> Option<Self> {
        let mut all = changes.into_iter().map(|change| Change { what: what.to_owned(), ..change });
        Some(Self { change: all.next()?, also: all.collect(), undone: false })
    }

    /// Every change of it.
    pub fn all(&self) -> impl Iterator<Item = &Change> {
        [&self.change].into_iter().chain(&self.also)
    }
}

impl From<Change> for Last {
    fn from(change: Change) -> Self {
        Self { change, also: Vec::new(), undone: false }
    }
}

/// What stood there, so that it can be pasted.
fn pasted(before: &str, last: &Path) -> String {
    if before.is_empty() {
        return "; change it by hand".to_owned();
    }
    let last = last.display();
    format!(
        "; to put it back by hand, here is how it stood ({last} holds the whole file):\n\n{before}"
    )
}

/// Whether a name is that of a list in the folder itself: how to undo a change is read from a file
/// that anybody may have written.
fn is_ours(file: &Path) -> bool {
    let is_list = file.extension().is_some_and(|ending| ending == "toml") || is_table(file);
    is_list && file.file_name().is_some_and(|name| name == file.as_os_str())
}

fn text_of(file: &Path) -> Result<Option<String>, NotChanged> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io(file)(error)),
    }
}

/// Writes a file whole or not at all: whoever reads it meanwhile sees the old one or the new one.
/// Where it is a link to one, that one is written.
fn write(file: &Path, text: &str) -> Result<(), NotChanged> {
    let target = match file.canonicalize() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(file.to_owned()),
        found => found,
    };
    target.and_then(|target| replace(&target, text)).map_err(io(file))
}

fn replace(file: &Path, text: &str) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut fresh = tempfile::Builder::new();
    // As any new file, which the file of a program's own usually is not.
    #[cfg(unix)]
    fresh.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut fresh = fresh.tempfile_in(folder)?;
    fresh.write_all(text.as_bytes())?;
    // Keeps the permissions of the file that is replaced; a new one has the usual ones.
    if let Ok(old) = fs::metadata(file) {
        fresh.as_file().set_permissions(old.permissions())?;
    }
    fresh.as_file().sync_all()?;
    fresh.persist(file).map(|_| ()).map_err(io::Error::from)
}

fn io(file: &Path) -> impl FnOnce(io::Error) -> NotChanged + '_ {
    move |source| NotChanged::Io { file: file.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make(folder: &Path, change: &Change) -> Result<(), NotChanged> {
        hold(folder)?.make(&change.clone().into())
    }

    fn undo(folder: &Path) -> Result<Change, NotChanged> {
        let held = hold(folder)?;
        let back = held.back()?;
        held.make(&back).map(|()| back.change)
    }

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
        let refused = make(folder.path(), &change(Some("one"), None));
        assert!(matches!(refused, Err(NotChanged::Meanwhile(_))));
        assert!(matches!(undo(folder.path()), Err(NotChanged::Touched { .. })));
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    }

    #[cfg(unix)]
    #[test]
    fn a_list_that_is_a_link_stays_one_and_what_it_leads_to_is_written() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (file, target) = (folder.path().join("a.toml"), elsewhere.path().join("real.toml"));
        fs::write(&target, "one").unwrap();
        std::os::unix::fs::symlink(&target, &file).unwrap();
        make(folder.path(), &change(Some("one"), Some("two"))).unwrap();
        assert!(file.is_symlink());
        assert_eq!(fs::read_to_string(&target).unwrap(), "two");
        assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 1, "nothing is left behind");
    }

    #[test]
    fn of_many_who_change_a_file_at_once_one_is_heard_and_the_others_are_told() {
        let folder = tempfile::tempdir().unwrap();
        // What an older command left behind is in nobody's way.
        fs::create_dir(folder.path().join(".a.toml.part")).unwrap();
        make(folder.path(), &change(None, Some("one"))).unwrap();
        let made = std::thread::scope(|scope| {
            let long = |n: usize| format!("{n} ").repeat(20_000);
            let all: Vec<_> = (0..8)
                .map(|n| {
                    let folder = folder.path();
                    scope.spawn(move || make(folder, &change(Some("one"), Some(&long(n)))))
                })
                .collect();
            all.into_iter().flat_map(|one| one.join().unwrap()).count()
        });
        assert_eq!(made, 1);
        let held = fs::read_to_string(folder.path().join("a.toml")).unwrap();
        assert_eq!(Some(held), hold(folder.path()).unwrap().back().unwrap().change.before);
    }

    #[test]
    fn only_a_list_in_the_folder_is_changed_whatever_is_remembered() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("sources");
        fs::create_dir(&folder).unwrap();
        fs::write(outer.path().join("a.toml"), "theirs").unwrap();
        let absolute = outer.path().join("a.toml");
        for file in ["../a.toml", "notes.txt", ".last-change.json", absolute.to_str().unwrap()] {
            let remembered = Change { file: file.into(), ..change(None, Some("theirs")) };
            let remembered = serde_json::to_string(&remembered).unwrap();
            fs::write(folder.join(LAST), remembered).unwrap();
            assert!(matches!(undo(&folder), Err(NotChanged::Foreign(_))), "{file}");
        }
        assert_eq!(fs::read_to_string(absolute).unwrap(), "theirs");
    }
}
