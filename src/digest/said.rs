//! Nothing is said that nobody said: every passage of a digest is looked up in its post.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::{Answer, Citation, Digest, Sentence};
use crate::post::{Post, PostId};
use crate::text::words::fold_space;

/// A passage that does not stand where the digest says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsaid {
    /// Its post is not kept, or was erased.
    #[error("the digest quotes post {post}, which is not in the store; make the digest again")]
    NoPost {
        /// Which post.
        post: PostId,
    },
    /// Its post does not contain it.
    #[error("post {post} does not say {text:?}; make the digest again")]
    NotThere {
        /// Which post.
        post: PostId,
        /// The words that are not in it.
        text: String,
    },
    /// The digest lists no post with that id among those it speaks of.
    #[error("the digest quotes post {post} without citing it; make the digest again")]
    NotCited {
        /// Which post.
        post: PostId,
    },
}

/// A digest, or an answer, every passage of which stands in the post it names: the only thing a view
/// renders.
#[derive(Debug, Clone, PartialEq)]
pub struct Proven<T = Digest>(T);

impl Proven {
    /// Proves a digest that was just made, as `lookup` knows the posts.
    ///
    /// # Errors
    /// [`Unsaid`]: the first passage that does not stand where the digest says.
    pub fn of(digest: Digest, lookup: impl Fn(PostId) -> Option<Post>) -> Result<Self, Unsaid> {
        refuse_unsaid(&digest, lookup)?;
        Ok(Self(digest))
    }

    /// A digest from the ledger: it was proven before it was claimed. What its posts say by now, after
    /// an edit, changes nothing about what its reader got.
    #[must_use]
    pub const fn claimed(digest: Digest) -> Self {
        Self(digest)
    }

    /// The digest.
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        &self.0
    }
}

impl Proven<Answer> {
    /// Proves an answer, as `lookup` knows the posts.
    ///
    /// # Errors
    /// [`Unsaid`]: the first passage that does not stand where the answer says.
    pub fn answered(
        answer: Answer,
        lookup: impl Fn(PostId) -> Option<Post>,
    ) -> Result<Self, Unsaid> {
        refuse(answer.passages(), &answer.citations, &[], lookup)?;
        Ok(Self(answer))
    }

    /// The answer.
    #[must_use]
    pub const fn answer(&self) -> &Answer {
        &self.0
    }
}

/// Refuses a digest with a passage or a title that does not stand, white space folded, in the post it
/// is ascribed to, as `lookup` knows that post. A citation without a title, or with no more than its
/// host for one, claims nothing.
///
/// # Errors
/// [`Unsaid`]: the first such passage.
pub fn refuse_unsaid(
    digest: &Digest,
    lookup: impl Fn(PostId) -> Option<Post>,
) -> Result<(), Unsaid> {
    refuse(passages(digest), &digest.citations, &digest.erased, lookup)
}

/// Refuses passages and titles that do not stand where they are said to. `citations` are by post; of the
/// posts that were `erased`, which are sorted, nothing is shown, and nothing may be.
fn refuse<'s>(
    passages: impl Iterator<Item = &'s Sentence>,
    citations: &[Citation],
    erased: &[PostId],
    lookup: impl Fn(PostId) -> Option<Post>,
) -> Result<(), Unsaid> {
    let mut texts: HashMap<PostId, String> = HashMap::new();
    for Sentence { text, post } in passages {
        if citations.binary_search_by_key(post, |citation| citation.post).is_err() {
            return Err(Unsaid::NotCited { post: *post });
        }
        if !(erased.binary_search(post).is_ok() && text.is_empty()) {
            check(&mut texts, &lookup, *post, text)?;
        }
    }
    for citation in citations {
        let title = citation.title.trim_end_matches('…').trim();
        if !title.is_empty() && citation.url.as_deref().and_then(host).as_deref() != Some(title) {
            check(&mut texts, &lookup, citation.post, title)?;
        }
    }
    Ok(())
}

/// The host of a URL: what a post without words of its own is called.
pub(super) fn host(url: &str) -> Option<String> {
    url::Url::parse(url).ok()?.host_str().map(str::to_owned)
}

/// Every passage the digest shows.
pub(super) fn passages(digest: &Digest) -> impl Iterator<Item = &Sentence> {
    let points = digest.blocks.iter().flat_map(|block| &block.points);
    let of_points = points.flat_map(|point| {
        std::iter::once(&point.claim).chain(&point.quotes).chain(point.dissent.as_ref())
    });
    let news = digest.accounts.iter();
    let of_accounts = news.flat_map(|news| {
        let details = news.details.iter().flat_map(|detail| &detail.said);
        std::iter::once(&news.sentence).chain(news.dissent.as_ref()).chain(details)
    });
    let reminders = digest.today.iter().filter_map(|met| met.before.as_ref());
    let others = reminders.map(|before| &before.sentence);
    let others = others.chain(digest.competitors.iter().map(|line| &line.sentence));
    of_accounts.chain(of_points).chain(others)
}

fn check(
    texts: &mut HashMap<PostId, String>,
    lookup: &impl Fn(PostId) -> Option<Post>,
    post: PostId,
    text: &str,
) -> Result<(), Unsaid> {
    let said = match texts.entry(post) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(unread) => {
            let kept = lookup(post).ok_or(Unsaid::NoPost { post })?;
            let title = kept.said.title.as_deref().unwrap_or_default();
            unread.insert(format!("{}\n{}", fold_space(title), fold_space(&kept.said.text)))
        }
    };
    if !text.trim().is_empty() && said.contains(text) {
        Ok(())
    } else {
        Err(Unsaid::NotThere { post, text: text.to_owned() })
    }
}
