//! The parts of a backup: written, proven in a scratch store, and read again.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::manifest::{Entry, SCRATCH, State};
use super::{BackupError, sum};
use crate::store::export::{self, ExportError, Part};
use crate::store::{Counts, Filed, SledStore, Store};

/// The name of what stays, among the months.
pub(super) const DESK: &str = "desk";

pub(super) const ENDING: &str = ".jsonl.zst";

/// Bytes of a part's SHA-256 in its name.
const NAME_BYTES: usize = 6;

/// How often a month is written that is written anew meanwhile.
const TRIES: u32 = 3;

/// zstd's own default.
const LEVEL: i32 = 3;

/// Writes a month as it stands, though it be written anew meanwhile; none where it is gone by then.
pub(super) fn write_month(
    store: &dyn Store,
    folder: &Path,
    filed: &Filed,
) -> Result<Option<Entry>, BackupError> {
    let mut state = State::of(filed);
    for _ in 0..TRIES {
        let entry = write_part(store, folder, Part::Month(filed.month), Some(state.clone()))?;
        // A walk through a month that gives way to another may miss some of it.
        let now = store.months()?.into_iter().find(|now| now.month == filed.month);
        let Some(now) = now else { return Ok(None) };
        if state.anew == now.anew.as_ref().map(|anew| anew.at) {
            return Ok(Some(entry));
        }
        state = State::of(&now);
    }
    let why = format!("{} is written anew again and again; try again later", filed.month);
    let source = io::Error::other(why);
    Err(BackupError::Io { folder: folder.display().to_string(), source })
}

pub(super) fn write_part(
    store: &dyn Store,
    folder: &Path,
    part: Part,
    state: Option<State>,
) -> Result<Entry, BackupError> {
    let failed = |source| BackupError::Io { folder: folder.display().to_string(), source };
    let name = match part {
        Part::Desk => DESK.to_owned(),
        Part::Month(month) => month.to_string(),
    };
    let fresh = folder.join(format!("{name}-fresh{ENDING}"));
    let file = BufWriter::new(private_file(&fresh).map_err(failed)?);
    let mut packer = zstd::Encoder::new(file, LEVEL).map_err(failed)?;
    let counts = export::export_part(store, part, &mut packer).map_err(|error| match error {
        ExportError::Store(error) => BackupError::Store(error),
        ExportError::Io(error) => failed(error),
        error @ ExportError::Damaged { .. } => failed(io::Error::other(error)),
    })?;
    let file = packer.finish().and_then(|file| Ok(file.into_inner()?)).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    let bytes = file.metadata().map_err(failed)?.len();
    let sha256 = digest(&fresh).map_err(failed)?;
    let file = format!("{name}-{}{ENDING}", &sha256[..2 * NAME_BYTES]);
    fs::rename(&fresh, folder.join(&file)).map_err(failed)?;
    Ok(Entry { part: name, file, sha256, bytes, counts, state })
}

/// Restores parts into a scratch store, looks it over and counts it.
pub(super) fn prove(folder: &Path, parts: &[Entry]) -> Result<(), BackupError> {
    let failed = |source| BackupError::Io { folder: folder.display().to_string(), source };
    let scratch = folder.join(SCRATCH);
    if scratch.exists() {
        fs::remove_dir_all(&scratch).map_err(failed)?;
    }
    {
        let store = SledStore::open(&scratch)?;
        let mut promised = Counts::default();
        for entry in parts {
            read_part(folder, entry, |input| export::import(&store, input))?;
            promised = sum(promised, entry.counts);
        }
        let damaged = |what| BackupError::Damaged { folder: folder.display().to_string(), what };
        if let Some(problem) = store.verify()?.first() {
            return Err(damaged(format!("restored on trial it is not whole: {problem}")));
        }
        let found = store.counts()?;
        if found != promised {
            let what = format!("restored on trial it holds {found:?} instead of {promised:?}");
            return Err(damaged(what));
        }
        store.close()?;
    }
    fs::remove_dir_all(&scratch).map_err(failed)
}

pub(super) fn check_part(folder: &Path, entry: &Entry) -> Result<(), BackupError> {
    let damaged = |what: String| BackupError::Damaged {
        folder: folder.display().to_string(),
        what: format!("{}: {what}", entry.file),
    };
    let sha256 = digest(&folder.join(&entry.file)).map_err(|error| damaged(error.to_string()))?;
    if sha256 != entry.sha256 {
        return Err(damaged("it is not what was written".to_owned()));
    }
    let counts = read_part(folder, entry, export::check)?;
    if counts == entry.counts {
        Ok(())
    } else {
        Err(damaged(format!("it holds {counts:?}, and {:?} were written", entry.counts)))
    }
}

pub(super) fn is_whole(folder: &Path, entry: &Entry) -> bool {
    digest(&folder.join(&entry.file)).is_ok_and(|sha256| sha256 == entry.sha256)
}

pub(super) fn read_part<T>(
    folder: &Path,
    entry: &Entry,
    read: impl FnOnce(&mut dyn io::BufRead) -> Result<T, ExportError>,
) -> Result<T, BackupError> {
    let damaged = |what: String| BackupError::Damaged {
        folder: folder.display().to_string(),
        what: format!("{}: {what}", entry.file),
    };
    let file = File::open(folder.join(&entry.file)).map_err(|error| damaged(error.to_string()))?;
    let unpacker = zstd::Decoder::new(file).map_err(|error| damaged(error.to_string()))?;
    read(&mut BufReader::new(unpacker)).map_err(|error| match error {
        ExportError::Store(error) => BackupError::Store(error),
        ExportError::Io(error) => damaged(error.to_string()),
        ExportError::Damaged { line, why } => damaged(format!("line {line}: {why}")),
    })
}

fn digest(path: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut file = File::open(path)?;
    let mut bytes = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut bytes)?;
        if read == 0 {
            break;
        }
        hash.update(&bytes[..read]);
    }
    Ok(hash.finalize().iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}")))
}

pub(super) fn private_file(path: &Path) -> io::Result<File> {
    // What an earlier backup left has the rights it was given.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
