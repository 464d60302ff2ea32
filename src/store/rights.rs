//! What keeps this user out of a folder of ours, in words that say whose it is and what to do.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// Files looked at to find the one that is refused: a store has some dozen a month.
const MOST_LOOKED_AT: usize = 10_000;

/// What an owner needs: to read and write, and to enter a folder.
const OF_FILE: u32 = 0o600;
const OF_FOLDER: u32 = 0o700;

/// What the system said about something in `folder`, and, where it was its rights, what to do.
pub(super) fn in_words(folder: &Path, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            let refused = our_user().and_then(|user| refused(folder, user));
            match refused {
                Some(refused) => refused.in_words(folder),
                None => format!("{error}; run the command as the user whose it is"),
            }
        }
        io::ErrorKind::ReadOnlyFilesystem => {
            format!("{error}: mount it for writing, or name another folder")
        }
        _ => error.to_string(),
    }
}

/// A file or folder that is not ours to use.
#[derive(Debug, PartialEq, Eq)]
enum Refused {
    Anothers { path: PathBuf, owner: u32 },
    Ours { path: PathBuf, mode: u32 },
}

impl Refused {
    fn in_words(&self, folder: &Path) -> String {
        let folder = folder.display();
        match self {
            Self::Anothers { path, owner } => {
                let owner = name_of(*owner);
                format!(
                    "this user may not use {}, which belongs to {owner}: run the command as {owner} \
                     (`sudo -u {owner} …`), or hand the folder over (`chown -R USER {folder}`)",
                    path.display()
                )
            }
            Self::Ours { path, mode } => format!(
                "the rights of {} ({mode:03o}) keep its own user out: `chmod -R u+rwX {folder}`",
                path.display()
            ),
        }
    }
}

/// The first thing on the way to a folder, or in it, that this user may not use.
fn refused(folder: &Path, user: u32) -> Option<Refused> {
    let folder = std::path::absolute(folder).ok()?;
    let mut at = PathBuf::new();
    for part in folder.components() {
        let parent = at.clone();
        at.push(part);
        match fs::metadata(&at) {
            Ok(_) => {}
            // Where it is not there, it was the folder above that may not be written into.
            Err(_) => return of(&parent, user),
        }
    }
    let mut waiting = vec![folder];
    let mut seen = 0;
    while let Some(path) = waiting.pop() {
        if let Some(refused) = of(&path, user) {
            return Some(refused);
        }
        let Ok(entries) = fs::read_dir(&path) else { continue };
        for entry in entries.flatten() {
            seen += 1;
            if seen > MOST_LOOKED_AT {
                return None;
            }
            waiting.push(entry.path());
        }
    }
    None
}

fn of(path: &Path, user: u32) -> Option<Refused> {
    let about = fs::symlink_metadata(path).ok()?;
    let mode = about.permissions().mode() & 0o777;
    let needs = if about.is_dir() { OF_FOLDER } else { OF_FILE };
    let path = path.to_owned();
    if about.uid() != user {
        return Some(Refused::Anothers { path, owner: about.uid() });
    }
    (mode & needs != needs).then_some(Refused::Ours { path, mode })
}

/// The user of this process.
fn our_user() -> Option<u32> {
    fs::metadata("/proc/self").ok().map(|about| about.uid())
}

/// What a user is called; their number where that is not known.
fn name_of(user: u32) -> String {
    let known = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = known.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(user)).then(|| name.to_owned())
    });
    name.unwrap_or_else(|| user.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOBODY_OF_OURS: u32 = 4_000_000;

    #[test]
    fn whoever_is_kept_out_reads_what_keeps_them_out_whose_it_is_and_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let us = fs::metadata(folder.path()).unwrap().uid();
        let store = folder.path().join("store");
        fs::create_dir(&store).unwrap();
        fs::write(store.join("lock"), "").unwrap();
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        assert_eq!(refused(&store, us), None);

        let another = refused(&store, NOBODY_OF_OURS).unwrap().in_words(&store);
        assert!(another.contains("belongs to") && another.contains(&name_of(us)), "{another}");
        assert!(another.contains("chown -R") && another.contains("sudo -u"), "{another}");

        fs::set_permissions(store.join("lock"), fs::Permissions::from_mode(0o400)).unwrap();
        let ours = in_words(&store, &denied);
        assert!(ours.contains("lock (400)") && ours.contains("chmod -R u+rwX"), "{ours}");

        // What is yet to be made is refused by the folder it is to lie in.
        let above = refused(&folder.path().join("new/store"), NOBODY_OF_OURS).unwrap();
        let Refused::Anothers { path, .. } = above else { panic!("{above:?}") };
        assert_eq!(path, folder.path());
        let full = io::Error::from(io::ErrorKind::StorageFull);
        assert!(!in_words(&store, &full).contains("chmod"));
    }
}
