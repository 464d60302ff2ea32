//! How the index follows the store: by the change log of each month, from the marks that are committed
//! together with what was read up to them. Cut short at any moment, it goes on from the last commit.

use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy, NoMergePolicy};
use tantivy::{Index, IndexWriter, Searcher};

use super::error::WordsError;
use super::fields::{FIELDS, readers, texts_bytes};
use super::folder::{Writing, current};
use super::words::{damaged_files, guard, open, searcher};
use crate::month::Month;
use crate::post::PostId;
use crate::store::{Change, Changes, Mark, Store};

/// What tantivy may gather in memory before it writes a segment: some 40,000 posts. A small server has it
/// to spare beside the store's cache, and with half of it merging costs a fifth more.
const GATHERED_BYTES: usize = 64 << 20;

/// Changes read from the store at a time: a page of the longest posts there may be still fits the memory.
const PAGE: usize = 64;

/// Text between two commits. tantivy queues documents by number, however long: so much waits for it at most.
/// Of ordinary posts it is some 20,000, a few seconds of work: what a crash costs.
const BYTES_A_COMMIT: usize = 64 << 20;

/// A segment with more than this share of replaced posts is written anew.
const MOST_REPLACED: f32 = 0.2;

/// Why an index is begun that nobody has begun before.
pub const THERE_WAS_NONE: &str = "there was none";

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Followed {
    /// Changes that were read: posts that are new, changed or judged, and erased ones.
    pub changes: u64,
    /// Whether the index knows all that the store knows; if not, somebody broke off.
    pub is_up_to_date: bool,
    /// Posts in it now.
    pub posts: u64,
    /// Why it was begun anew, where it was: there was none, it was damaged.
    pub anew: Option<String>,
}

/// Told after every page of changes how many it had; says whether to go on.
pub type Watch<'w> = &'w mut dyn FnMut(u64) -> ControlFlow<()>;

/// Brings the index in `folder` up to date; one that is missing, damaged or of another version is begun
/// anew, for it holds nothing that the store does not.
///
/// # Errors
/// [`WordsError`]; what was committed stands, and the next call goes on from there.
pub fn catch_up(
    folder: &Path,
    store: &dyn Store,
    watch: Watch<'_>,
) -> Result<Followed, WordsError> {
    let writing = Writing::take(folder)?;
    let opened = match current(folder)? {
        Some(current) => match guard(folder, || Following::open(&open(&current)?)) {
            Err(WordsError::Damaged { what, .. }) => Err(Some(what)),
            opened => Ok(opened?),
        },
        None => Err(None),
    };
    let following = match opened {
        Ok(following) => following,
        Err(damage) => {
            let new = writing.beside()?;
            let following = guard(folder, || Following::open(&create(&new)?))?;
            writing.put_in_force(&new)?;
            let anew = damage.map_or_else(
                || THERE_WAS_NONE.to_owned(),
                |what| format!("it was damaged: {what}"),
            );
            Following { anew: Some(anew), ..following }
        }
    };
    following.follow(folder, store, watch)
}

/// Builds the index anew in a folder beside the one in force, and puts it in its place once it is whole.
///
/// # Errors
/// [`WordsError`]; the index in force stands as it was.
pub fn rebuild(folder: &Path, store: &dyn Store, watch: Watch<'_>) -> Result<Followed, WordsError> {
    let writing = Writing::take(folder)?;
    let new = writing.beside()?;
    let following = guard(folder, || Following::open(&create(&new)?))?;
    let followed = following.follow(folder, store, watch)?;
    if followed.is_up_to_date {
        writing.put_in_force(&new)?;
    }
    Ok(Followed { anew: Some("as asked".to_owned()), ..followed })
}

/// How far each month was read; committed with what was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Marks {
    months: BTreeMap<String, Mark>,
    /// Whether posts were erased whose words may still stand in files that were written before.
    #[serde(default)]
    has_erased: bool,
}

/// An index that is being written.
struct Following {
    index: Index,
    writer: IndexWriter,
    committed: Searcher,
    marks: Marks,
    /// Posts that were added since the last commit.
    added: HashSet<PostId>,
    /// Bytes of their texts.
    added_bytes: usize,
    is_changed: bool,
    anew: Option<String>,
}

impl Following {
    fn open(index: &Index) -> tantivy::Result<Self> {
        let payload = index.load_metas()?.payload;
        // Marks that cannot be read are of no use: everything is read again.
        let marks = payload.and_then(|payload| serde_json::from_str(&payload).ok());
        let writer = writer(index)?;
        let mut merging = LogMergePolicy::default();
        merging.set_del_docs_ratio_before_merge(MOST_REPLACED);
        writer.set_merge_policy(Box::new(merging));
        Ok(Self {
            committed: searcher(index)?,
            index: index.clone(),
            writer,
            marks: marks.unwrap_or_default(),
            added: HashSet::new(),
            added_bytes: 0,
            is_changed: false,
            anew: None,
        })
    }

    fn follow(
        mut self,
        folder: &Path,
        store: &dyn Store,
        watch: Watch<'_>,
    ) -> Result<Followed, WordsError> {
        let index = self.index.clone();
        let anew = self.anew.take();
        let mut read = 0;
        let done = self.read(folder, store, watch, &mut read).and_then(|is_up_to_date| {
            let posts = guard(folder, || self.close())?;
            Ok(Followed { changes: read, is_up_to_date, posts, anew })
        });
        done.map_err(|error| unless_whole(folder, &index, error))
    }

    /// Reads every month up to its end, or until somebody breaks off; whether it got to the end.
    fn read(
        &mut self,
        folder: &Path,
        store: &dyn Store,
        watch: Watch<'_>,
        read: &mut u64,
    ) -> Result<bool, WordsError> {
        let months: Vec<Month> = store.months()?.iter().map(|filed| filed.month).collect();
        guard(folder, || {
            self.drop_others(&months);
            Ok(())
        })?;
        for month in months {
            loop {
                let after = self.marks.months.get(&month.to_string()).copied();
                let changes = store.changes(month, after, PAGE)?;
                let count = changes.changes.len() as u64;
                let is_new = after != Some(changes.mark);
                if is_new {
                    guard(folder, || self.take(month, changes))?;
                }
                if count == 0 {
                    break;
                }
                *read += count;
                if watch(count).is_break() {
                    guard(folder, || self.commit())?;
                    return Ok(false);
                }
            }
        }
        guard(folder, || self.commit())?;
        Ok(true)
    }

    /// Drops the months that are no more.
    fn drop_others(&mut self, months: &[Month]) {
        let stays: HashSet<String> = months.iter().map(ToString::to_string).collect();
        let gone: Vec<String> =
            self.marks.months.keys().filter(|month| !stays.contains(*month)).cloned().collect();
        for name in gone {
            if let Ok(month) = name.parse() {
                self.forget(month);
            }
            self.marks.months.remove(&name);
            self.is_changed = true;
        }
    }

    fn forget(&mut self, month: Month) {
        self.writer.delete_term(FIELDS.of_month(month));
        self.is_changed = true;
        // Posts that were dropped may have been dropped because somebody asked for it.
        self.marks.has_erased = true;
    }

    fn take(&mut self, month: Month, changes: Changes) -> tantivy::Result<()> {
        if changes.from_start {
            self.forget(month);
        }
        for change in changes.changes {
            match change {
                Change::Now { post, judged } => {
                    self.replace(post.id)?;
                    let document = FIELDS.document(&post, judged.as_deref(), month);
                    self.added_bytes += texts_bytes(&post);
                    self.writer.add_document(document)?;
                    self.added.insert(post.id);
                }
                Change::Gone(id) => {
                    self.marks.has_erased |= self.replace(id)?;
                }
            }
        }
        self.marks.months.insert(month.to_string(), changes.mark);
        self.is_changed = true;
        if self.added_bytes >= BYTES_A_COMMIT {
            self.commit()?;
        }
        Ok(())
    }

    /// Drops what is held of a post; whether anything was. Of one that is new there is nothing, and
    /// tantivy is not asked to look for it at every commit.
    fn replace(&mut self, id: PostId) -> tantivy::Result<bool> {
        let term = FIELDS.of_post(id);
        let is_held = self.added.contains(&id) || self.committed.doc_freq(&term)? > 0;
        if is_held {
            self.writer.delete_term(term);
        }
        Ok(is_held)
    }

    fn commit(&mut self) -> tantivy::Result<()> {
        if !self.is_changed {
            return Ok(());
        }
        commit(&mut self.writer, &self.marks)?;
        self.committed = searcher(&self.index)?;
        self.added.clear();
        self.added_bytes = 0;
        self.is_changed = false;
        Ok(())
    }

    /// Ends all work that goes on beside, and takes erased words out of every file; how many posts there
    /// are.
    fn close(self) -> tantivy::Result<u64> {
        let Self { index, writer, committed, mut marks, .. } = self;
        drop(committed);
        writer.wait_merging_threads()?;
        if marks.has_erased {
            let mut writer = writer_without_merging(&index)?;
            for segment in index.searchable_segment_metas()? {
                if segment.has_deletes() {
                    writer.merge(&[segment.id()]).wait()?;
                }
            }
            // Cut short before this, the next one does it again.
            marks.has_erased = false;
            commit(&mut writer, &marks)?;
            writer.garbage_collect_files().wait()?;
            writer.wait_merging_threads()?;
        }
        Ok(searcher(&index)?.num_docs())
    }
}

fn commit(writer: &mut IndexWriter, marks: &Marks) -> tantivy::Result<()> {
    let payload = serde_json::to_string(marks)?;
    let mut prepared = writer.prepare_commit()?;
    prepared.set_payload(&payload);
    prepared.commit()?;
    Ok(())
}

fn create(folder: &Path) -> tantivy::Result<Index> {
    let mut index = Index::create_in_dir(folder, FIELDS.schema.clone())?;
    index.set_tokenizers(readers());
    Ok(index)
}

fn writer(index: &Index) -> tantivy::Result<IndexWriter> {
    // One thread: a commit makes one segment, and whoever else runs on the machine goes on.
    let options = IndexWriterOptions::builder()
        .num_worker_threads(1)
        .num_merge_threads(1)
        .memory_budget_per_thread(GATHERED_BYTES)
        .build();
    index.writer_with_options(options)
}

fn writer_without_merging(index: &Index) -> tantivy::Result<IndexWriter> {
    let writer = writer(index)?;
    writer.set_merge_policy(Box::new(NoMergePolicy));
    Ok(writer)
}

/// What went wrong, as far as the files tell: a thread that gave up does not say why.
fn unless_whole(folder: &Path, index: &Index, error: WordsError) -> WordsError {
    if !matches!(error, WordsError::Damaged { .. } | WordsError::Io { .. }) {
        return error;
    }
    match guard(folder, || damaged_files(index)) {
        Ok(files) if files.is_empty() => match error {
            WordsError::Damaged { folder, what } => WordsError::Io { folder, what },
            error => error,
        },
        Ok(files) => WordsError::damaged(folder, &files.join(", ")),
        Err(damaged) => damaged,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use jiff::Timestamp;

    use super::*;
    use crate::post::{Post, Said};

    fn post(key: &str, text: &str) -> Post {
        let said = Said { key: key.to_owned(), text: text.to_owned(), ..Said::default() };
        Post::new(&"press".parse().unwrap(), said, Timestamp::UNIX_EPOCH)
    }

    fn changes(change: u64, changes: Vec<Change>) -> Changes {
        Changes { from_start: false, changes, mark: Mark { born: 7, change } }
    }

    fn now(post: &Post) -> Change {
        Change::Now { post: Box::new(post.clone()), judged: None }
    }

    /// Whether a word stands in any dictionary; and no file may be left of a segment that is none any more.
    fn holds(folder: &Path, word: &str) -> bool {
        let index = open(folder).unwrap();
        let live = index.searchable_segment_ids().unwrap();
        let live: HashSet<String> = live.iter().map(|id| id.uuid_string()).collect();
        for entry in fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let segment = name.split('.').next().unwrap();
            assert!(segment.len() != 32 || live.contains(segment), "{name} is left");
        }
        searcher(&index).unwrap().segment_readers().iter().any(|segment| {
            [FIELDS.words, FIELDS.forms].iter().any(|field| {
                segment.inverted_index(*field).unwrap().terms().get(word).unwrap().is_some()
            })
        })
    }

    #[test]
    fn an_erased_post_is_in_no_file_and_marks_come_back_with_what_was_read() {
        let home = tempfile::tempdir().unwrap();
        let month = "2026-11".parse().unwrap();
        let (stays, goes) = (post("a", "persimmon"), post("b", "zeppelin"));
        let mut following = Following::open(&create(home.path()).unwrap()).unwrap();
        following.take(month, changes(2, vec![now(&stays), now(&goes)])).unwrap();
        following.commit().unwrap();
        assert_eq!(following.close().unwrap(), 2);
        assert!(holds(home.path(), "zeppelin"));

        let mut following = Following::open(&open(home.path()).unwrap()).unwrap();
        assert_eq!(following.marks.months["2026-11"], Mark { born: 7, change: 2 });
        following.take(month, changes(3, vec![Change::Gone(goes.id)])).unwrap();
        following.commit().unwrap();
        assert_eq!(following.close().unwrap(), 1);
        assert!(!holds(home.path(), "zeppelin") && holds(home.path(), "persimmon"));
    }

    #[test]
    fn what_was_not_committed_is_read_again() {
        let home = tempfile::tempdir().unwrap();
        let month = "2026-11".parse().unwrap();
        let mut following = Following::open(&create(home.path()).unwrap()).unwrap();
        following.take(month, changes(1, vec![now(&post("a", "persimmon"))])).unwrap();
        drop(following);
        let following = Following::open(&open(home.path()).unwrap()).unwrap();
        assert_eq!(following.marks, Marks::default());
        assert_eq!(following.close().unwrap(), 0);
    }

    #[test]
    fn words_of_an_erased_post_go_though_the_process_ended_before_they_had() {
        let home = tempfile::tempdir().unwrap();
        let month = "2026-11".parse().unwrap();
        let goes = post("b", "zeppelin");
        let mut following = Following::open(&create(home.path()).unwrap()).unwrap();
        following.take(month, changes(2, vec![now(&post("a", "persimmon")), now(&goes)])).unwrap();
        following.commit().unwrap();
        following.take(month, changes(3, vec![Change::Gone(goes.id)])).unwrap();
        following.commit().unwrap();
        drop(following);
        assert!(holds(home.path(), "zeppelin"));
        let following = Following::open(&open(home.path()).unwrap()).unwrap();
        assert_eq!(following.close().unwrap(), 1);
        assert!(!holds(home.path(), "zeppelin"));
        let following = Following::open(&open(home.path()).unwrap()).unwrap();
        assert_eq!(following.marks.months["2026-11"].change, 3);
        assert!(!following.marks.has_erased);
    }
}
