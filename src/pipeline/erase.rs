//! Erasing somebody, or one post: found first, then erased from the store, the digests that were written
//! and the backups we know of, with a receipt that holds neither words nor names.
//!
//! Theirs are their own posts, what stands at the same addresses without another author, and what is
//! marked as a boost or a quote of it. A reprint of the very same words under another name is not: who
//! published it may have the right to, and is to be asked; the receipt says how many there are, and which.
//! Links to them, mentions of them and answers to them are other people's words.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::PipelineError;
use crate::clock::Clock;
use crate::deliver::folder;
use crate::digest::{Digest, Proven};
use crate::month::Month;
use crate::post::{Author, Post, PostId};
use crate::source::SourceId;
use crate::store::backup;
use crate::store::erase::{BackedUp, Erased, Erasing, OfReader, Sign};
use crate::store::{Damaged, Store};
use crate::text::count::count;
use crate::views::Links;

/// Posts read at a time.
const PAGE: usize = 256;

/// Fewer words than this are said by many: to say them too is no reprint.
const OWN_WORDS: usize = 8;

/// Where the receipts lie in the data folder.
const RECEIPTS: &str = "receipts";

/// Who or what is to be erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// Everything by an author with this handle; in one source by this handle or name.
    Author {
        /// The handle or the name.
        name: String,
        /// In which source.
        source: Option<SourceId>,
    },
    /// Everything by an author with this mail address.
    Mail(String),
    /// What stands at this address.
    Place(String),
    /// One post.
    Post(PostId),
}

/// Nothing can stand at this address.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no post's address: give it whole, as the digest links to it, or the post's id")]
pub struct NoPlace(String);

impl Whom {
    /// What is looked for, and stays out.
    ///
    /// # Errors
    /// [`NoPlace`].
    pub fn sign(&self) -> Result<Sign, NoPlace> {
        match self {
            Self::Author { name, source: None } => Ok(Sign::handle(name)),
            Self::Author { name, source: Some(source) } => Ok(Sign::name(source, name)),
            Self::Mail(address) => Ok(Sign::mail(address)),
            Self::Place(address) => Sign::place(address).ok_or_else(|| NoPlace(address.clone())),
            Self::Post(id) => Ok(Sign::Post(*id)),
        }
    }

    /// What was asked for, without saying whom.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Author { source: None, .. } => "an author, by handle",
            Self::Author { source: Some(_), .. } => "an author, by name in one source",
            Self::Mail(_) => "an author, by mail address",
            Self::Place(_) | Self::Post(_) => "one post",
        }
    }

    /// What is to stand in no memory: the name, in lower case.
    fn word(&self) -> Option<String> {
        match self {
            Self::Author { name: word, .. } | Self::Mail(word) | Self::Place(word) => {
                Some(word.trim().trim_start_matches('@').to_lowercase())
            }
            Self::Post(_) => None,
        }
    }
}

/// A post that is to go.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ToGo {
    /// Which.
    pub id: PostId,
    /// In which month it lies.
    pub month: Month,
    /// Where it was heard.
    pub source: SourceId,
    /// When it was said.
    pub when: Timestamp,
    /// By whom, as the source says; shown before the question, and kept nowhere.
    pub author: Option<String>,
    /// What it is called; shown before the question, and kept nowhere.
    pub title: String,
    /// Whether it passes on what somebody else said.
    pub passes_on: bool,
}

/// What was found of somebody.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// The posts that are to go.
    pub posts: Vec<ToGo>,
    /// Posts of others that say the very same words: they stay.
    pub same_words: Vec<PostId>,
    /// Digests that show words of theirs, as they will be.
    pub digests: Vec<Digest>,
    /// Sources whose memory names them.
    pub sources: Vec<SourceId>,
    /// Months that could not be looked through.
    pub damaged: Vec<Damaged>,
    signs: Vec<Sign>,
}

/// What erasing needs.
#[derive(Clone, Copy)]
pub struct Erasure<'a> {
    /// Where they are.
    pub store: &'a dyn Store,
    /// The data folder.
    pub data: &'a Path,
    /// Where the digests were written.
    pub digests: &'a Path,
    /// The pages readers reach from them.
    pub links: &'a Links,
    /// What time it is.
    pub clock: &'a dyn Clock,
}

/// What was erased, where and when, and what is left to be done by hand. It holds no word and no name.
#[derive(Debug, Clone, Serialize)]
pub struct Receipt {
    /// Its number.
    pub receipt: String,
    /// When.
    pub at: Timestamp,
    /// By which version of this program.
    pub version: &'static str,
    /// What was asked for.
    pub asked: &'static str,
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
    /// How many things posts are known by stay out from now on.
    pub kept_out: usize,
    /// Backups we know of.
    pub backups: Vec<OfBackup>,
    /// Posts of others that say the very same words, and stay.
    pub same_words: Vec<PostId>,
    /// What stays, and why.
    pub stays: &'static str,
    /// What is left to be done by hand.
    pub by_hand: Vec<String>,
}

/// How a backup stands to an erasing.
#[derive(Debug, Clone, Serialize)]
pub struct OfBackup {
    /// Its folder.
    pub folder: String,
    /// Whether restoring it brings nothing back; its files hold the words still.
    pub keeps_out: bool,
}

const STAYS: &str = "What others say of them, links to them and answers to them are other people's words, and stay.";

/// What is looked for in the second walk.
struct Theirs {
    ids: BTreeSet<PostId>,
    signs: BTreeSet<Sign>,
    words: BTreeSet<[u8; 32]>,
    authors: BTreeSet<String>,
}

impl Erasure<'_> {
    /// Everything that is to go. Tells `watch` of each month how many are left to be looked through.
    ///
    /// # Errors
    /// [`PipelineError`].
    pub fn find(
        &self,
        whom: &Whom,
        sign: &Sign,
        watch: &dyn Fn(usize),
    ) -> Result<Found, PipelineError> {
        let mut found = Found { signs: vec![sign.clone()], ..Found::default() };
        let months: Vec<Month> = self.store.months()?.iter().map(|filed| filed.month).collect();
        let mut theirs = Theirs {
            ids: BTreeSet::new(),
            signs: BTreeSet::from([sign.clone()]),
            words: BTreeSet::new(),
            authors: BTreeSet::new(),
        };
        for (place, month) in months.iter().enumerate() {
            watch(2 * months.len() - place);
            self.walk(*month, &mut |post| {
                if Sign::of(post).contains(sign) {
                    theirs.take(post);
                    found.posts.push(to_go(post, *month));
                }
            })?;
        }
        for (place, month) in months.iter().enumerate() {
            watch(months.len() - place);
            self.walk(*month, &mut |post| {
                if theirs.ids.contains(&post.id) {
                    return;
                }
                let target = Sign::passed_on(post);
                let passes_on = target.is_some_and(|sign| theirs.signs.contains(&sign));
                if passes_on || theirs.is_same_place(post) {
                    found.posts.push(ToGo { passes_on, ..to_go(post, *month) });
                } else if own_words(post).is_some_and(|words| theirs.words.contains(&words)) {
                    found.same_words.push(post.id);
                }
            })?;
        }
        watch(0);
        found.signs.extend(theirs.signs.into_iter().filter(|known| known != sign));
        // Of what passes them on only itself stays out: its author has other things to say.
        found.signs.extend(found.posts.iter().map(|post| Sign::Post(post.id)));
        found.signs.sort_unstable();
        found.signs.dedup();
        found.digests = self.digests_without(&found)?;
        found.sources = self.sources_that_name(whom)?;
        found.damaged = self.store.damaged()?;
        Ok(found)
    }

    /// Erases what was found, and writes the receipt.
    ///
    /// # Errors
    /// [`PipelineError`]; then it is to be begun again.
    pub fn erase(&self, whom: &Whom, found: &Found) -> Result<(Receipt, PathBuf), PipelineError> {
        let at = self.clock.now();
        let (mut found, mut files) = (found.clone(), BTreeSet::new());
        let mut erased = self.erase_found(&found, at, &mut files)?;
        if let Ok(sign) = whom.sign() {
            // What came while somebody was asked; from now on nothing comes.
            let late = self.late(whom, &sign, &found)?;
            if !late.is_nothing() {
                erased.add(self.erase_found(&late, at, &mut files)?);
                found.add(late);
            }
        }
        let (found, files) = (&found, files.into_iter().collect());
        let backups = self.tell_backups()?;
        let of = |passes_on: bool| -> Vec<PostId> {
            let posts = found.posts.iter().filter(|post| post.passes_on == passes_on);
            posts.map(|post| post.id).collect()
        };
        let digests = found.digests.iter();
        let receipt = Receipt {
            receipt: String::new(),
            at,
            version: env!("CARGO_PKG_VERSION"),
            asked: whom.kind(),
            own: of(false),
            passed_on: of(true),
            digests: digests
                .map(|digest| OfReader { reader: digest.reader.clone(), date: digest.date })
                .collect(),
            files,
            kept_out: found.signs.len(),
            same_words: found.same_words.clone(),
            stays: STAYS,
            by_hand: self.by_hand(whom, found, &backups),
            backups,
            erased,
        };
        Ok(self.file(receipt)?)
    }

    fn erase_found(
        &self,
        found: &Found,
        at: Timestamp,
        files: &mut BTreeSet<PathBuf>,
    ) -> Result<Erased, PipelineError> {
        // The files first: begun again, they would not be found by what the store still shows.
        for digest in &found.digests {
            if folder::is_any_written(self.digests, &digest.reader, digest.date) {
                files.extend(folder::write(
                    self.digests,
                    &Proven::claimed(digest.clone()),
                    self.links,
                )?);
            }
        }
        let posts: Vec<PostId> = found.posts.iter().map(|post| post.id).collect();
        let Found { signs, digests, sources, .. } = found;
        Ok(self.store.erase(&Erasing { posts: &posts, signs, digests, sources }, at)?)
    }

    /// What is left of somebody after `found` was erased.
    fn late(&self, whom: &Whom, sign: &Sign, found: &Found) -> Result<Found, PipelineError> {
        let mut late = self.find(whom, sign, &|_| {})?;
        late.signs.extend(found.signs.iter().cloned());
        late.digests = self.digests_without(&Found {
            posts: found.posts.iter().chain(&late.posts).cloned().collect(),
            signs: late.signs.clone(),
            ..Found::default()
        })?;
        Ok(late)
    }

    /// Gives a month's posts, page by page; nothing of one that is damaged.
    fn walk(&self, month: Month, see: &mut dyn FnMut(&Post)) -> Result<(), PipelineError> {
        let mut last = None;
        loop {
            let posts = match self.store.kept_in(month, last, PAGE) {
                Err(crate::store::StoreError::Damaged { month: Some(_), .. }) => return Ok(()),
                posts => posts?,
            };
            let Some(end) = posts.last() else { return Ok(()) };
            last = Some(end.id);
            posts.iter().for_each(&mut *see);
        }
    }

    /// The digests that speak of them, without their words. A digest may outlive its posts.
    fn digests_without(&self, found: &Found) -> Result<Vec<Digest>, PipelineError> {
        let posts: BTreeSet<PostId> = found.posts.iter().map(|post| post.id).collect();
        let signs: BTreeSet<&Sign> = found.signs.iter().collect();
        let mut changed = Vec::new();
        for (reader, date) in self.store.claims()? {
            let Some(digest) = self.store.digest(&reader, date)? else { continue };
            let mut gone = posts.clone();
            for citation in &digest.citations {
                if Sign::of_citation(citation).iter().any(|sign| signs.contains(sign)) {
                    gone.insert(citation.post);
                }
            }
            changed.extend(digest.without(&gone));
        }
        Ok(changed)
    }

    /// The sources whose memory or visits hold their name: an address does, or what went wrong there.
    fn sources_that_name(&self, whom: &Whom) -> Result<Vec<SourceId>, PipelineError> {
        let Some(word) = whom.word().filter(|word| !word.is_empty()) else { return Ok(Vec::new()) };
        let names = |json: Result<String, _>| {
            json.is_ok_and(|json: String| is_named(&json.to_lowercase(), &word))
        };
        let mut naming = Vec::new();
        for (source, memory) in self.store.memories()? {
            // A name of one source is anybody's in others.
            if matches!(whom, Whom::Author { source: Some(only), .. } if *only != source) {
                continue;
            }
            let visits = self.store.visits(&source, usize::MAX)?;
            if names(serde_json::to_string(&memory)) || names(serde_json::to_string(&visits)) {
                naming.push(source);
            }
        }
        Ok(naming)
    }

    /// Has the backups we know of keep them out, where they can be reached.
    fn tell_backups(&self) -> Result<Vec<OfBackup>, PipelineError> {
        let sealed = self.store.sealed()?;
        let backups = self.store.backups()?.into_iter().map(|BackedUp { folder, .. }| {
            let keeps_out = backup::keep_out(Path::new(&folder), sealed.clone()).is_ok();
            OfBackup { folder, keeps_out }
        });
        Ok(backups.collect())
    }

    fn by_hand(&self, whom: &Whom, found: &Found, backups: &[OfBackup]) -> Vec<String> {
        let mut left = Vec::new();
        for OfBackup { folder, keeps_out } in backups {
            left.push(if *keeps_out {
                format!(
                    "The backup {folder} brings nothing back, and holds the words still: `overheard backup {folder}` writes it anew without them."
                )
            } else {
                format!(
                    "The backup {folder} could not be reached: bring it back and run `overheard backup {folder}` before anybody restores it."
                )
            });
        }
        if !found.digests.is_empty() {
            let digests = count(found.digests.len(), "digest", "digests");
            left.push(format!(
                "Copies of {digests} may lie with their readers, in mailboxes or elsewhere: ask them to delete those, or send them the new files."
            ));
        }
        if let Some(aside) = self.put_aside() {
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
            let shown = if is_named(source.as_str(), &word) {
                "one of your sources"
            } else {
                source.as_str()
            };
            left.push(format!(
                "What was remembered of {shown} named them and is forgotten; as long as it is in your list it is asked again: `overheard sources list`, `overheard sources remove`."
            ));
        }
        left.push("Exports and lists of your own (files of `overheard export`, labels, examples of topics) are not ours to find.".to_owned());
        left
    }

    fn put_aside(&self) -> Option<PathBuf> {
        let aside = self.data.join("store").join("put-aside");
        fs::read_dir(&aside).ok()?.next().map(|_| aside)
    }

    /// Writes the receipt under the first free number of its day.
    fn file(&self, receipt: Receipt) -> Result<(Receipt, PathBuf), ErasureError> {
        let at = self.data.join(RECEIPTS);
        let failed = |file: &Path, source| ErasureError { file: file.to_owned(), source };
        fs::create_dir_all(&at).map_err(|error| failed(&at, error))?;
        let day = receipt.at.strftime("%Y-%m-%d").to_string();
        for number in 1_u32.. {
            let name = format!("{day}-{number}");
            let path = at.join(format!("{name}.json"));
            let mut file = match fs::File::create_new(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                file => file.map_err(|error| failed(&path, error))?,
            };
            let receipt = Receipt { receipt: name, ..receipt };
            let json = serde_json::to_vec_pretty(&receipt).map_err(io::Error::other);
            let written = json.and_then(|json| io::Write::write_all(&mut file, &json));
            written.and_then(|()| file.sync_all()).map_err(|error| failed(&path, error))?;
            return Ok((receipt, path));
        }
        Err(failed(&at, io::Error::other("there are too many receipts of this day")))
    }
}

/// The receipt could not be written; what was asked for is erased.
#[derive(Debug, thiserror::Error)]
#[error("it is erased, but the receipt {} could not be written: {source}", file.display())]
pub struct ErasureError {
    file: PathBuf,
    source: io::Error,
}

impl Theirs {
    fn take(&mut self, post: &Post) {
        self.ids.insert(post.id);
        self.signs.extend(Sign::that_name(post));
        self.words.extend(own_words(post));
        self.authors.extend(post.said.author.as_ref().and_then(Author::identity));
    }

    /// Whether a post stands where one of theirs stands, and no other author is named: it is the same, heard
    /// elsewhere.
    fn is_same_place(&self, post: &Post) -> bool {
        let author = post.said.author.as_ref().and_then(Author::identity);
        let is_others = author.is_some_and(|author| !self.authors.contains(&author));
        let place = post.said.url.as_deref().and_then(Sign::place);
        !is_others && place.is_some_and(|place| self.signs.contains(&place))
    }
}

/// Whether a text holds a word that is no part of a longer one.
fn is_named(text: &str, word: &str) -> bool {
    let is_apart = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    text.match_indices(word).any(|(at, _)| {
        is_apart(text[..at].chars().next_back()) && is_apart(text[at + word.len()..].chars().next())
    })
}

/// What tells the words of a post from others; none where they are too few to be anybody's own.
fn own_words(post: &Post) -> Option<[u8; 32]> {
    let text = post.full_text().to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    (words.len() >= OWN_WORDS).then(|| Sha256::digest(words.join(" ")).into())
}

fn to_go(post: &Post, month: Month) -> ToGo {
    let author = post.said.author.as_ref();
    let named = |author: &Author| match (&author.name, &author.handle) {
        (Some(name), Some(handle)) => Some(format!("{name} ({handle})")),
        (name, handle) => name.clone().or_else(|| handle.clone()),
    };
    ToGo {
        id: post.id,
        month,
        source: post.source.clone(),
        when: post.when(),
        author: author.and_then(named),
        title: super::queue::title(post),
        passes_on: false,
    }
}

impl Found {
    fn add(&mut self, late: Self) {
        self.posts.extend(late.posts);
        self.signs = late.signs;
        self.signs.sort_unstable();
        self.signs.dedup();
        let of = |digest: &Digest| (digest.reader.clone(), digest.date);
        let anew: BTreeSet<_> = late.digests.iter().map(of).collect();
        self.digests.retain(|digest| !anew.contains(&of(digest)));
        self.digests.extend(late.digests);
        self.sources.extend(late.sources);
        self.sources.sort();
        self.sources.dedup();
    }

    /// The months with posts that are to go.
    #[must_use]
    pub fn months(&self) -> BTreeSet<Month> {
        self.posts.iter().map(|post| post.month).collect()
    }

    /// Who the posts are by, and how many of each, most first.
    #[must_use]
    pub fn authors(&self) -> Vec<(String, usize)> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for post in self.posts.iter().filter(|post| !post.passes_on) {
            *counts.entry(post.author.as_deref().unwrap_or("nobody named")).or_default() += 1;
        }
        let mut counts: Vec<(String, usize)> =
            counts.into_iter().map(|(author, posts)| (author.to_owned(), posts)).collect();
        counts.sort_by_key(|(_, posts)| std::cmp::Reverse(*posts));
        counts
    }

    /// Whether there is nothing of them.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.posts.is_empty() && self.digests.is_empty() && self.sources.is_empty()
    }
}
