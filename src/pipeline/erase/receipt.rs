//! The receipt of an erasing: begun before anything is erased, so that one that is cut short has it whole.
//!
//! While it is at work it lies beside the others as `NUMBER.json.begun`, locked by whoever is at it.

use std::borrow::Cow;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::found::is_named;
use super::{Erasure, Found, Whom};
use crate::post::PostId;
use crate::store::Damaged;
use crate::store::erase::{Erased, Erasings, OfReader};
use crate::text::count::count;

/// Where the receipts lie in the data folder.
const RECEIPTS: &str = "receipts";

const ENDING: &str = ".json";

/// What is behind the name of one that is not finished.
const BEGUN: &str = ".json.begun";

/// What is before the name of one that is being written.
const FRESH: &str = ".fresh-";

/// No receipt is longer: some forty bytes a post.
const LONGEST_BYTES: u64 = 256 << 20;

/// No store has counted so many erasings: it was not asked yet.
const NOT_BEGUN: u64 = u64::MAX;

const STAYS: &str = "What others say of them, links to them and answers to them are other people's words, and stay.";

const CUT_SHORT: &str = "It was cut short and finished later: what came in between is found by running the same `overheard erase` again.";

/// What was erased, where and when, and what is left to be done by hand. It holds no word and no name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Receipt {
    /// Its number.
    pub receipt: String,
    /// When.
    pub at: Timestamp,
    /// By which version of this program.
    pub version: Cow<'static, str>,
    /// What was asked for.
    pub asked: Cow<'static, str>,
    /// How much it was.
    pub erased: Erased,
    /// Their own posts.
    pub own: Vec<PostId>,
    /// Posts that passed these on.
    pub passed_on: Vec<PostId>,
    /// Digests from which their words were taken; the numbers in them stand as they were told.
    pub digests: Vec<OfReader>,
    /// Files that were written anew.
    pub files: Vec<PathBuf>,
    /// Reports that may have spoken of them, and were removed.
    #[serde(default)]
    pub reports: Vec<PathBuf>,
    /// How many things posts are known by stay out from now on.
    pub kept_out: usize,
    /// Backups we know of.
    pub backups: Vec<OfBackup>,
    /// Posts of others that say the very same words, and stay.
    pub same_words: Vec<PostId>,
    /// What stays, and why.
    pub stays: Cow<'static, str>,
    /// What is left to be done by hand.
    pub by_hand: Vec<String>,
}

/// How a backup stands to an erasing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OfBackup {
    /// Its folder.
    pub folder: String,
    /// Whether restoring it brings nothing back; its files hold the words still.
    pub keeps_out: bool,
}

/// A receipt could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the receipt {} could not be written: {source}; {}", file.display(), if *has_begun {
    "what was begun is finished by the next `overheard run`"
} else {
    "nothing was erased"
})]
pub struct ErasureError {
    file: PathBuf,
    source: io::Error,
    has_begun: bool,
}

impl Receipt {
    /// What can be said before anything is erased.
    pub(super) fn of(erasure: &Erasure<'_>, whom: &Whom, found: &Found, at: Timestamp) -> Self {
        let of = |passes_on: bool| -> Vec<PostId> {
            let posts = found.posts.iter().filter(|post| post.passes_on == passes_on);
            posts.map(|post| post.id).collect()
        };
        let digests = found.digests.iter();
        Self {
            receipt: String::new(),
            at,
            version: env!("CARGO_PKG_VERSION").into(),
            asked: whom.kind().into(),
            erased: Erased::default(),
            own: of(false),
            passed_on: of(true),
            digests: digests
                .map(|digest| OfReader { reader: digest.reader.clone(), date: digest.date })
                .collect(),
            files: Vec::new(),
            reports: Vec::new(),
            kept_out: found.signs.len(),
            backups: Vec::new(),
            same_words: found.same_words.clone(),
            stays: STAYS.into(),
            by_hand: by_hand(erasure.data, whom, found),
        }
    }
}

/// Whether somebody is being erased, or was and is not yet.
#[must_use]
pub fn is_under_way(data: &Path) -> bool {
    let entries = fs::read_dir(data.join(RECEIPTS)).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name()).any(|name| name.to_string_lossy().ends_with(BEGUN))
}

/// A receipt as long as what it is of is at work.
#[derive(Debug, Serialize, Deserialize)]
struct Draft {
    receipt: Receipt,
    /// While the store is at work for it: how many erasings it had counted before.
    after: Option<u64>,
}

/// A draft that is ours alone while this lives.
#[derive(Debug)]
pub(super) struct Open {
    folder: PathBuf,
    draft: Draft,
    held: File,
}

impl Open {
    /// Begins a receipt, under the first free number of its day.
    pub(super) fn begin(data: &Path, receipt: Receipt) -> Result<Self, ErasureError> {
        let folder = data.join(RECEIPTS);
        let failed =
            |file: &Path, source| ErasureError { file: file.to_owned(), source, has_begun: false };
        fs::create_dir_all(&folder).map_err(|error| failed(&folder, error))?;
        let day = receipt.at.strftime("%Y-%m-%d").to_string();
        for number in 1_u32.. {
            let name = format!("{day}-{number}");
            if folder.join(format!("{name}{ENDING}")).exists() {
                continue;
            }
            let path = folder.join(format!("{name}{BEGUN}"));
            let held = match File::create_new(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                file => file.map_err(|error| failed(&path, error))?,
            };
            let receipt = Receipt { receipt: name, ..receipt };
            let draft = Draft { receipt, after: Some(NOT_BEGUN) };
            let mut open = Self { folder, draft, held };
            open.save().map_err(|error| failed(&path, error))?;
            return Ok(open);
        }
        Err(failed(&folder, io::Error::other("there are too many receipts of this day")))
    }

    /// Those that were begun, and whoever was at work is gone.
    pub(super) fn left(data: &Path) -> Result<Vec<Self>, ErasureError> {
        let folder = data.join(RECEIPTS);
        let Ok(entries) = fs::read_dir(&folder) else { return Ok(Vec::new()) };
        let mut left = Vec::new();
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.ends_with(BEGUN) && !name.starts_with(FRESH) {
                continue;
            }
            let path = entry.path();
            let failed = |source| ErasureError { file: path.clone(), source, has_begun: true };
            let held = match File::open(&path) {
                // It was finished meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                file => file.map_err(failed)?,
            };
            match held.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => continue,
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
            if name.starts_with(FRESH) {
                fs::remove_file(&path).map_err(failed)?;
                continue;
            }
            let mut text = String::new();
            let read = (&held).take(LONGEST_BYTES).read_to_string(&mut text);
            match read.map(|_| serde_json::from_str(&text)) {
                Ok(Ok(draft)) => left.push(Self { folder: folder.clone(), draft, held }),
                // It was cut short before a word of it was written: nothing was erased then.
                Ok(Err(_)) => fs::remove_file(&path).map_err(failed)?,
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(left)
    }

    /// Takes over what more there is to erase.
    pub(super) fn go_on(&mut self, receipt: Receipt) {
        let before = &self.draft.receipt;
        self.draft.receipt = Receipt {
            receipt: before.receipt.clone(),
            erased: before.erased.clone(),
            files: before.files.clone(),
            reports: before.reports.clone(),
            ..receipt
        };
    }

    /// Notes that the store goes to work, having counted so many erasings.
    pub(super) fn begin_turn(
        &mut self,
        files: Vec<PathBuf>,
        reports: Vec<PathBuf>,
        count: u64,
    ) -> Result<(), ErasureError> {
        let receipt = &mut self.draft.receipt;
        for (all, more) in [(&mut receipt.files, files), (&mut receipt.reports, reports)] {
            all.extend(more);
            all.sort();
            all.dedup();
        }
        self.draft.after = Some(count);
        self.save().map_err(|source| self.failed(source))
    }

    /// Notes what the store erased.
    pub(super) fn end_turn(&mut self, erased: Erased) -> Result<(), ErasureError> {
        self.draft.receipt.erased.add(erased);
        self.draft.after = None;
        self.save().map_err(|source| self.failed(source))
    }

    /// What was done of one that was cut short, by what the store knows; none where nothing was.
    pub(super) fn cut_short(mut self, known: &Erasings) -> Result<Option<Self>, ErasureError> {
        let has_begun = self.draft.after.is_none_or(|count| known.count > count);
        let is_first = self.draft.receipt.erased == Erased::default();
        if !has_begun && is_first {
            fs::remove_file(self.path(BEGUN)).map_err(|source| self.failed(source))?;
            return Ok(None);
        }
        if has_begun && self.draft.after.is_some() {
            self.draft.receipt.erased.add(known.erased.clone());
        }
        self.draft.receipt.by_hand.push(CUT_SHORT.to_owned());
        Ok(Some(self))
    }

    /// Writes the receipt as it stays.
    pub(super) fn close(
        mut self,
        backups: Vec<OfBackup>,
    ) -> Result<(Receipt, PathBuf), ErasureError> {
        let receipt = &mut self.draft.receipt;
        let is_nothing = receipt.erased.is_nothing();
        let of_backups = backups.iter().filter(|backup| !(is_nothing && backup.keeps_out));
        let of_backups: Vec<String> = of_backups.map(OfBackup::by_hand).collect();
        receipt.by_hand.splice(0..0, of_backups);
        receipt.backups = backups;
        let path = self.path(ENDING);
        write(&path, &self.draft.receipt).map_err(|source| self.failed(source))?;
        match fs::remove_file(self.path(BEGUN)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.failed(error)),
            _ => Ok((self.draft.receipt, path)),
        }
    }

    fn path(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("{}{ending}", self.draft.receipt.receipt))
    }

    fn save(&mut self) -> io::Result<()> {
        self.held = write(&self.path(BEGUN), &self.draft)?;
        Ok(())
    }

    fn failed(&self, source: io::Error) -> ErasureError {
        ErasureError { file: self.path(BEGUN), source, has_begun: true }
    }
}

impl OfBackup {
    fn by_hand(&self) -> String {
        let Self { folder, keeps_out } = self;
        if *keeps_out {
            format!(
                "The backup {folder} brings nothing back, and holds the words still: `overheard backup {folder}` writes it anew without them."
            )
        } else {
            format!(
                "The backup {folder} could not be reached: bring it back and run `overheard backup {folder}` before anybody restores it."
            )
        }
    }
}

/// Writes a file whole or not at all; it is locked as long as it is held.
fn write(path: &Path, value: &impl Serialize) -> io::Result<File> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut fresh = tempfile::Builder::new().prefix(FRESH).tempfile_in(folder)?;
    fresh.as_file().try_lock()?;
    serde_json::to_writer_pretty(&mut fresh, value)?;
    fresh.write_all(b"\n")?;
    fresh.as_file().sync_all()?;
    let file = fresh.persist(path)?;
    File::open(folder)?.sync_all()?;
    Ok(file)
}

/// What is left to be done by hand, but for backups.
fn by_hand(data: &Path, whom: &Whom, found: &Found) -> Vec<String> {
    let mut left = Vec::new();
    if !found.digests.is_empty() {
        let digests = count(found.digests.len(), "digest", "digests");
        left.push(format!(
            "Copies of {digests} may lie with their readers, in mailboxes or elsewhere: ask them to delete those, or send them the new files."
        ));
    }
    let aside = data.join("store").join("put-aside");
    if fs::read_dir(&aside).is_ok_and(|mut entries| entries.next().is_some()) {
        left.push(format!(
            "{} holds months that were damaged and put aside: delete it when you need it no more.",
            aside.display()
        ));
    }
    for Damaged { month, .. } in &found.damaged {
        left.push(format!(
            "The month {month} is damaged and was not looked through: `overheard restore BACKUP --month {month}`, then erase again."
        ));
    }
    if !found.same_words.is_empty() {
        let posts = count(found.same_words.len(), "post", "posts");
        left.push(format!(
            "{posts} of others say the very same words, and stay: ask their publishers, or erase each with --post ID."
        ));
    }
    let word = whom.word().unwrap_or_default();
    for source in &found.sources {
        // Its own id may name them.
        let shown =
            if is_named(source.as_str(), &word) { "one of your sources" } else { source.as_str() };
        left.push(format!(
            "What was remembered of {shown} named them and is forgotten; as long as it is in your list it is asked again: `overheard sources list`, `overheard sources remove`."
        ));
    }
    left.push("Exports and lists of your own (files of `overheard export`, labels, examples of topics) are not ours to find.".to_owned());
    left
}
