//! A disk: what is on it for sure, and what may be.
//!
//! What is assumed of the file system is what journaling ones hold to: changes of names (creating,
//! renaming, removing) reach the disk in the order they were made, and a sync of a file or a folder brings
//! those that made its name, with all before them. Nothing is assumed of contents: each write that was not
//! synced is there, is not, or is there in part, whatever came after it.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use super::calls::{Event, Fd};
use crate::store::sample::Chance;

/// What a disk writes whole.
const SECTOR_BYTES: usize = 512;

/// A file's contents, whatever its name.
#[derive(Debug, Default)]
struct Inode {
    changes: Vec<Change>,
    /// Where the next write without an offset goes, for each descriptor.
    ends: HashMap<Fd, u64>,
}

#[derive(Debug)]
struct Change {
    call: usize,
    what: What,
    is_done: bool,
    is_durable: bool,
}

#[derive(Debug)]
enum What {
    Bytes(u64, Vec<u8>),
    Length(u64),
}

#[derive(Debug)]
enum Naming {
    File(PathBuf, usize),
    Folder(PathBuf),
    Renamed(PathBuf, PathBuf),
    Removed(PathBuf),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Named {
    File(usize),
    Folder,
}

/// The files of one folder.
#[derive(Debug, Default)]
pub(super) struct Disk {
    inodes: Vec<Inode>,
    /// Names as the running process sees them.
    names: BTreeMap<PathBuf, Named>,
    journal: Vec<Naming>,
    /// Entries of the journal that are on the disk for sure.
    durable_names: usize,
    open: HashMap<Fd, PathOrFile>,
    /// For each sync under way: the file and the changes it stands for.
    syncs: HashMap<usize, Sync>,
}

#[derive(Debug, Clone)]
enum PathOrFile {
    File(usize),
    Folder(PathBuf),
}

#[derive(Debug)]
enum Sync {
    File(usize, Vec<usize>),
    Folder(PathBuf, usize),
}

impl Disk {
    /// Takes what happened.
    pub(super) fn take(&mut self, event: &Event) {
        match event {
            Event::Said(_) => {}
            Event::Opened { fd, path, creates, truncates } => {
                self.open(*fd, path, *creates, *truncates);
            }
            Event::Closed(fd) => {
                self.open.remove(fd);
            }
            Event::Writes { call, fd, offset, bytes } => {
                let Some(file) = self.file(*fd) else { return };
                let inode = &mut self.inodes[file];
                let end = inode.ends.entry(*fd).or_default();
                let at = offset.unwrap_or(*end);
                if offset.is_none() {
                    *end += bytes.len() as u64;
                }
                inode.change(*call, What::Bytes(at, bytes.clone()));
            }
            Event::Cuts { call, fd, length } => {
                let Some(file) = self.file(*fd) else { return };
                self.inodes[file].change(*call, What::Length(*length));
            }
            Event::Wrote(call) => {
                let changes =
                    self.inodes.iter_mut().flat_map(|inode| inode.changes.iter_mut().rev());
                for change in changes.filter(|change| change.call == *call) {
                    change.is_done = true;
                }
            }
            Event::Syncing { call, fd } => self.begin_sync(*call, *fd),
            Event::Synced(call) => self.end_sync(*call),
            Event::MadeFolder(path) => {
                self.names.insert(path.clone(), Named::Folder);
                self.journal.push(Naming::Folder(path.clone()));
            }
            Event::Renamed { from, to } => {
                rename(&mut self.names, from, to);
                self.journal.push(Naming::Renamed(from.clone(), to.clone()));
            }
            Event::Removed(path) => {
                self.names.remove(path);
                self.journal.push(Naming::Removed(path.clone()));
            }
        }
    }

    /// Writes to `to` what may be left of the folder `root` now; how many writes are lost or torn.
    pub(super) fn after_power_failure(&self, chance: &mut Chance, root: &Path, to: &Path) -> usize {
        let unsure = self.journal.len() - self.durable_names;
        let kept = self.durable_names + chance.below(unsure as u64 + 1) as usize;
        let mut names = BTreeMap::new();
        for naming in &self.journal[..kept] {
            match naming {
                Naming::File(path, file) => drop(names.insert(path.clone(), Named::File(*file))),
                Naming::Folder(path) => drop(names.insert(path.clone(), Named::Folder)),
                Naming::Renamed(from, to) => rename(&mut names, from, to),
                Naming::Removed(path) => drop(names.remove(path)),
            }
        }
        let mut lost = 0;
        // A folder sorts before what is in it.
        for (path, named) in names {
            let path = to.join(path.strip_prefix(root).unwrap());
            match named {
                Named::Folder => fs::create_dir_all(path).unwrap(),
                Named::File(file) => {
                    let (content, lost_here) = self.inodes[file].after_power_failure(chance);
                    lost += lost_here;
                    fs::write(path, content).unwrap();
                }
            }
        }
        lost
    }

    fn open(&mut self, fd: Fd, path: &Path, creates: bool, truncates: bool) {
        let file = match self.names.get(path) {
            Some(Named::Folder) => {
                self.open.insert(fd, PathOrFile::Folder(path.to_owned()));
                return;
            }
            Some(Named::File(file)) => *file,
            None => {
                assert!(creates, "{} was there before", path.display());
                let file = self.inodes.len();
                self.inodes.push(Inode::default());
                self.names.insert(path.to_owned(), Named::File(file));
                self.journal.push(Naming::File(path.to_owned(), file));
                file
            }
        };
        let inode = &mut self.inodes[file];
        inode.ends.insert(fd, 0);
        if truncates && !inode.changes.is_empty() {
            inode.change(usize::MAX, What::Length(0));
            inode.changes.last_mut().unwrap().is_done = true;
        }
        self.open.insert(fd, PathOrFile::File(file));
    }

    fn file(&self, fd: Fd) -> Option<usize> {
        match self.open.get(&fd) {
            Some(PathOrFile::File(file)) => Some(*file),
            _ => None,
        }
    }

    fn begin_sync(&mut self, call: usize, fd: Fd) {
        let sync = match self.open.get(&fd) {
            Some(PathOrFile::File(file)) => {
                let changes = self.inodes[*file].changes.iter().enumerate();
                let done = changes.filter(|(_, change)| change.is_done).map(|(place, _)| place);
                Sync::File(*file, done.collect())
            }
            Some(PathOrFile::Folder(path)) => Sync::Folder(path.clone(), self.journal.len()),
            None => return,
        };
        self.syncs.insert(call, sync);
    }

    fn end_sync(&mut self, call: usize) {
        let durable = match self.syncs.remove(&call) {
            None => return,
            Some(Sync::File(file, changes)) => {
                for place in changes {
                    self.inodes[file].changes[place].is_durable = true;
                }
                let made = |naming: &Naming| matches!(naming, Naming::File(_, f) if *f == file);
                self.journal.iter().rposition(made)
            }
            Some(Sync::Folder(folder, until)) => {
                self.journal[..until].iter().rposition(|naming| naming.is_in(&folder))
            }
        };
        self.durable_names = self.durable_names.max(durable.map_or(0, |place| place + 1));
    }
}

impl Naming {
    fn is_in(&self, folder: &Path) -> bool {
        let within = |path: &Path| path.parent() == Some(folder);
        match self {
            Self::File(path, _) | Self::Folder(path) | Self::Removed(path) => within(path),
            Self::Renamed(from, to) => within(from) || within(to),
        }
    }
}

impl Inode {
    fn change(&mut self, call: usize, what: What) {
        self.changes.push(Change { call, what, is_done: false, is_durable: false });
    }

    fn after_power_failure(&self, chance: &mut Chance) -> (Vec<u8>, usize) {
        let (mut content, mut lost) = (Vec::new(), 0);
        for change in &self.changes {
            let fate = if change.is_durable { 0 } else { chance.below(3) };
            lost += usize::from(fate > 0);
            match (&change.what, fate) {
                (What::Length(length), 0) => content.resize(*length as usize, 0),
                (What::Bytes(at, bytes), 0) => put(&mut content, *at as usize, bytes),
                (What::Bytes(at, bytes), 1) => {
                    for (number, sector) in bytes.chunks(SECTOR_BYTES).enumerate() {
                        if chance.below(2) == 0 {
                            put(&mut content, *at as usize + number * SECTOR_BYTES, sector);
                        }
                    }
                }
                _ => {}
            }
        }
        (content, lost)
    }
}

fn put(content: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[at..end].copy_from_slice(bytes);
}

/// Gives a name, and what is under it, another.
fn rename(names: &mut BTreeMap<PathBuf, Named>, from: &Path, to: &Path) {
    let moved: Vec<PathBuf> = names.keys().filter(|name| name.starts_with(from)).cloned().collect();
    for name in moved {
        let Some(what) = names.remove(&name) else { continue };
        let new = name.strip_prefix(from).ok().filter(|rest| !rest.as_os_str().is_empty());
        names.insert(new.map_or_else(|| to.to_owned(), |rest| to.join(rest)), what);
    }
}

#[test]
fn what_was_not_synced_may_be_lost_and_what_was_is_there() {
    let mut disk = Disk::default();
    let (db, note) = (PathBuf::from("/s/db"), PathBuf::from("/s/note"));
    let write =
        |call, fd, bytes: &[u8]| Event::Writes { call, fd, offset: Some(0), bytes: bytes.into() };
    for event in [
        Event::MadeFolder("/s".into()),
        Event::Opened { fd: 3, path: db, creates: true, truncates: false },
        write(1, 3, b"one"),
        Event::Wrote(1),
        Event::Syncing { call: 2, fd: 3 },
        write(3, 3, b"two"),
        Event::Wrote(3),
        Event::Synced(2),
        Event::Opened { fd: 4, path: note.clone(), creates: true, truncates: false },
        write(4, 4, b"never"),
        Event::Wrote(4),
        Event::Renamed { from: note, to: "/s/renamed".into() },
    ] {
        disk.take(&event);
    }
    let mut chance = Chance::from(1);
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..200 {
        let folder = tempfile::tempdir().unwrap();
        disk.after_power_failure(&mut chance, Path::new("/s"), folder.path());
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).ok();
        let db = read("db").unwrap();
        assert!(db == "one" || db == "two", "{db}");
        assert!(read("note").is_none() || read("renamed").is_none());
        seen.insert((db, read("note"), read("renamed")));
    }
    // Either content of one; of the other no name, the old or the new, with its content or without.
    assert_eq!(seen.len(), 10, "{seen:?}");
}
