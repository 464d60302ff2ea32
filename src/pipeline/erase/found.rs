//! What there is of somebody: two walks through all that is kept.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::{Erasure, Whom};
use crate::digest::Digest;
use crate::month::Month;
use crate::pipeline::{PipelineError, queue};
use crate::post::{Author, Post, PostId};
use crate::source::SourceId;
use crate::store::erase::Sign;
use crate::store::{Damaged, StoreError};

/// Posts read at a time.
const PAGE: usize = 256;

/// Fewer words than this are said by many: to say them too is no reprint.
const OWN_WORDS: usize = 8;

/// Of those who bear a name so many are told at most: of more nobody reads the list.
const NAMESAKES: usize = 10;

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
    /// Authors who bear the name that was asked for and another handle: they stay, unless they are meant.
    pub namesakes: Vec<Namesake>,
    pub(super) signs: Vec<Sign>,
}

/// Somebody who is called as was asked for, and whose posts are known by something else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Namesake {
    /// What their posts are known by everywhere; none where they have only a name.
    pub handle: Option<String>,
    /// In which source, where they have only a name.
    pub source: Option<SourceId>,
}

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
        let mut namesakes = BTreeMap::new();
        for (place, month) in months.iter().enumerate() {
            watch(2 * months.len() - place);
            self.walk(*month, &mut |post| {
                if Sign::of(post).contains(sign) {
                    theirs.take(post);
                    found.posts.push(to_go(post, *month));
                } else if let Some(namesake) = Namesake::of(post, whom) {
                    *namesakes.entry(namesake).or_insert(0_usize) += 1;
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
        let mut namesakes: Vec<(Namesake, usize)> = namesakes.into_iter().collect();
        namesakes.sort_by_key(|(_, posts)| std::cmp::Reverse(*posts));
        found.namesakes =
            namesakes.into_iter().map(|(namesake, _)| namesake).take(NAMESAKES).collect();
        Ok(found)
    }

    /// Gives a month's posts, page by page; nothing of one that is damaged.
    fn walk(&self, month: Month, see: &mut dyn FnMut(&Post)) -> Result<(), PipelineError> {
        let mut last = None;
        loop {
            let posts = match self.store.kept_in(month, last, PAGE) {
                Err(StoreError::Damaged { month: Some(_), .. }) => return Ok(()),
                posts => posts?,
            };
            let Some(end) = posts.last() else { return Ok(()) };
            last = Some(end.id);
            posts.iter().for_each(&mut *see);
        }
    }

    /// The digests that speak of them, without their words. A digest may outlive its posts.
    pub(super) fn digests_without(&self, found: &Found) -> Result<Vec<Digest>, PipelineError> {
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
}

impl Found {
    pub(super) fn add(&mut self, late: Self) {
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

    /// The days on which something of theirs was said or told.
    pub(super) fn days(&self) -> impl Iterator<Item = Date> {
        let day = |post: &ToGo| post.when.to_zoned(TimeZone::UTC).date();
        self.posts.iter().map(day).chain(self.digests.iter().map(|digest| digest.date))
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

impl Namesake {
    /// The author of a post, where they are called as was asked for: by the name they show, or by the part of
    /// their handle that stands before its server.
    fn of(post: &Post, whom: &Whom) -> Option<Self> {
        let Whom::Author { name, .. } = whom else { return None };
        let author = post.said.author.as_ref()?;
        let asked = Sign::name(&post.source, name);
        let is_shown =
            author.name.as_deref().is_some_and(|shown| Sign::name(&post.source, shown) == asked);
        if !is_shown && !Sign::of(post).contains(&asked) {
            return None;
        }
        let handle = author.handle.clone();
        let source = handle.is_none().then(|| post.source.clone());
        Some(Self { handle, source })
    }
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
pub(super) fn is_named(text: &str, word: &str) -> bool {
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
        title: queue::title(post),
        passes_on: false,
    }
}
