//! What strace wrote down, as events on the files of one folder.

use std::collections::HashMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

/// The calls that change files, sync them, or say something; what else could write is among them so that
/// it is not overlooked.
pub(super) const TRACED: &str = "write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,fallocate,\
    fsync,fdatasync,openat,creat,close,rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,\
    link,linkat,copy_file_range,sendfile";

/// A descriptor, for as long as it is open.
pub(super) type Fd = u32;

/// Something that happened to the files of a store.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Event {
    /// A line on the standard output.
    Said(String),
    Opened {
        fd: Fd,
        path: PathBuf,
        creates: bool,
        truncates: bool,
    },
    Closed(Fd),
    /// Bytes at an offset, or where the last ones ended; known by the number of the call until it is done.
    Writes {
        call: usize,
        fd: Fd,
        offset: Option<u64>,
        bytes: Vec<u8>,
    },
    /// The length of a file is set.
    Cuts {
        call: usize,
        fd: Fd,
        length: u64,
    },
    /// A write or a cut came back.
    Wrote(usize),
    /// A sync began; it stands for what was written by now.
    Syncing {
        call: usize,
        fd: Fd,
    },
    /// A sync came back.
    Synced(usize),
    MadeFolder(PathBuf),
    Renamed {
        from: PathBuf,
        to: PathBuf,
    },
    Removed(PathBuf),
}

/// The events in a trace that concern `store`.
pub(super) fn events(trace: &str, store: &Path) -> Vec<Event> {
    let mut events = Vec::new();
    let mut unfinished: HashMap<&str, (usize, String)> = HashMap::new();
    for (number, line) in trace.lines().enumerate() {
        let Some((thread, call)) = line.split_once(' ') else { continue };
        let call = call.trim_start();
        if let Some(begun) = call.strip_suffix(" <unfinished ...>") {
            events.extend(begins(number, begun, store));
            unfinished.insert(thread, (number, begun.to_owned()));
        } else if call.starts_with("<... ") {
            let Some((begun_at, begun)) = unfinished.remove(thread) else { continue };
            let Some((_, rest)) = call.split_once(" resumed>") else { continue };
            let whole = format!("{begun}{rest}");
            events.extend(ends(begun_at, &whole, store));
        } else {
            events.extend(begins(number, call, store));
            events.extend(ends(number, call, store));
        }
    }
    events
}

/// What may happen from the moment a call is made.
fn begins(call: usize, text: &str, store: &Path) -> Option<Event> {
    let (name, arguments) = text.split_once('(')?;
    match name {
        "write" if arguments.starts_with("1<") => None,
        "write" | "pwrite64" => {
            let fd = fd_within(arguments, store)?;
            let bytes = quoted(arguments).next().unwrap_or_default();
            let after = arguments.rsplit_once('"')?.1.split(')').next()?;
            let numbers: Vec<u64> =
                after.split(", ").filter_map(|n| n.trim().parse().ok()).collect();
            assert_eq!(numbers.first(), Some(&(bytes.len() as u64)), "strace cut {text:.80} short");
            let offset = (name == "pwrite64").then(|| numbers[1]);
            Some(Event::Writes { call, fd, offset, bytes })
        }
        "ftruncate" => {
            let fd = fd_within(arguments, store)?;
            let length = arguments.split(", ").nth(1)?.split(')').next()?.trim().parse().ok()?;
            Some(Event::Cuts { call, fd, length })
        }
        "fsync" | "fdatasync" => Some(Event::Syncing { call, fd: fd_within(arguments, store)? }),
        _ => None,
    }
}

/// What has happened once a call came back.
fn ends(call: usize, text: &str, store: &Path) -> Option<Event> {
    let (name, arguments) = text.split_once('(')?;
    let (_, result) = text.rsplit_once(") ")?;
    let result = result.trim_start().strip_prefix("= ")?;
    if result.starts_with('-') {
        return None;
    }
    let mine = |path: &PathBuf| path.starts_with(store);
    let within = || fd_within(arguments, store);
    match name {
        // Not before: what nobody could hear was not said, and the standard library says it once more.
        "write" if arguments.starts_with("1<") => {
            let line = String::from_utf8(quoted(arguments).next()?).ok()?;
            Some(Event::Said(line.trim().to_owned()))
        }
        "write" | "pwrite64" | "ftruncate" => within().map(|_| Event::Wrote(call)),
        "fsync" | "fdatasync" => within().map(|_| Event::Synced(call)),
        "close" => within().map(Event::Closed),
        "openat" => {
            let path = paths(arguments).next().filter(mine)?;
            let flags = arguments.rsplit_once('"')?.1;
            let fd = result.split('<').next()?.parse().ok()?;
            let (creates, truncates) = (flags.contains("O_CREAT"), flags.contains("O_TRUNC"));
            Some(Event::Opened { fd, path, creates, truncates })
        }
        "mkdir" | "mkdirat" => paths(arguments).next().filter(mine).map(Event::MadeFolder),
        "rename" | "renameat" | "renameat2" => {
            let mut both = paths(arguments);
            let (from, to) = (both.next().filter(mine)?, both.next()?);
            Some(Event::Renamed { from, to })
        }
        "unlink" | "rmdir" | "unlinkat" => paths(arguments).next().filter(mine).map(Event::Removed),
        other => {
            let touches = within().is_some() || paths(arguments).any(|path| mine(&path));
            assert!(!touches, "{other} is not understood: {text:.120}");
            None
        }
    }
}

/// The descriptor that arguments begin with, where it is one of a file in the store.
fn fd_within(arguments: &str, store: &Path) -> Option<Fd> {
    let (fd, rest) = arguments.split_once('<')?;
    let path = unescaped(rest.split_once('>')?.0);
    path.starts_with(store).then(|| fd.parse().ok())?
}

/// The paths in arguments: each quoted text, joined to the folder whose descriptor is before it.
fn paths(arguments: &str) -> impl Iterator<Item = PathBuf> {
    let parts: Vec<&str> = arguments.split('"').collect();
    let mut paths = Vec::new();
    for pair in parts.chunks(2) {
        let [before, text] = pair else { break };
        let folder = before.rsplit_once('<').and_then(|(_, rest)| rest.split_once('>'));
        let folder = folder.map(|(folder, _)| unescaped(folder)).unwrap_or_default();
        paths.push(folder.join(unescaped(text)));
    }
    paths.into_iter()
}

fn quoted(arguments: &str) -> impl Iterator<Item = Vec<u8>> {
    arguments.split('"').skip(1).step_by(2).map(bytes)
}

fn unescaped(text: &str) -> PathBuf {
    PathBuf::from(OsString::from_vec(bytes(text)))
}

/// The bytes of a text that strace wrote with `-xx`: every one as `\x41`.
fn bytes(text: &str) -> Vec<u8> {
    let digit = |digit: u8| char::from(digit).to_digit(16).map_or(0, |digit| digit as u8);
    text.as_bytes()
        .chunks(4)
        .filter_map(|hex| Some(digit(*hex.get(2)?) << 4 | digit(*hex.get(3)?)))
        .collect()
}

#[test]
fn calls_are_understood_with_threads_between_them() {
    let hex =
        |text: &str| text.bytes().fold(String::new(), |hex, byte| hex + &format!("\\x{byte:02x}"));
    let (db, folder) = (hex("/s/db"), hex("/s"));
    let trace = format!(
        "7 openat(AT_FDCWD<{cwd}>, \"{db}\", O_RDWR|O_CREAT|O_CLOEXEC, 0666) = 3<{db}>\n\
         7 pwrite64(3<{db}>, \"{ab}\", 2, 512 <unfinished ...>\n\
         8 fdatasync(3<{db}> <unfinished ...>\n\
         7 <... pwrite64 resumed>) = 2\n\
         8 <... fdatasync resumed>)              = 0\n\
         7 pwrite64(4<{other}>, \"{ab}\", 2, 0) = 2\n\
         7 unlinkat(5<{folder}>, \"{name}\", 0) = 0\n\
         7 rename(\"{db}\", \"{db}\") = -1 ENOENT (No such file or directory)\n\
         7 write(1<{cwd}>, \"{said}\", 7) = 7\n",
        cwd = hex("/"),
        ab = hex("ab"),
        other = hex("/elsewhere"),
        name = hex("old"),
        said = hex("kept 1\n"),
    );
    let expected = [
        Event::Opened { fd: 3, path: "/s/db".into(), creates: true, truncates: false },
        Event::Writes { call: 1, fd: 3, offset: Some(512), bytes: b"ab".to_vec() },
        Event::Syncing { call: 2, fd: 3 },
        Event::Wrote(1),
        Event::Synced(2),
        Event::Removed("/s/old".into()),
        Event::Said("kept 1".into()),
    ];
    assert_eq!(events(&trace, Path::new("/s")), expected);
}
