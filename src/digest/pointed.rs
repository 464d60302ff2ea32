//! Which points a digest has, and what they say: so that a reader can answer one.

use super::{AccountNews, Digest, Point, Sentence};
use crate::feedback::PointRef;
use crate::post::PostId;

/// A point of a digest, or the news of an account.
#[derive(Debug, Clone, Copy)]
pub enum Pointed<'d> {
    /// News of an account.
    News(&'d AccountNews),
    /// A talking point.
    Point(&'d Point),
}

impl<'d> Pointed<'d> {
    /// Its words.
    #[must_use]
    pub const fn words(self) -> &'d Sentence {
        match self {
            Self::News(news) => &news.sentence,
            Self::Point(point) => &point.claim,
        }
    }

    /// The stories behind it.
    #[must_use]
    pub fn stories(self) -> &'d [Vec<PostId>] {
        match self {
            Self::News(news) => &news.stories,
            Self::Point(point) => &point.evidence.stories,
        }
    }

    /// The posts of those who are against it.
    #[must_use]
    pub fn dissent(self) -> &'d [PostId] {
        match self {
            Self::News(news) => {
                news.dissent.as_ref().map_or(&[], |said| std::slice::from_ref(&said.post))
            }
            Self::Point(point) => &point.evidence.dissent,
        }
    }

    /// Its topic.
    #[must_use]
    pub const fn topic(self) -> Option<&'d String> {
        match self {
            Self::News(_) => None,
            Self::Point(point) => Some(&point.topic),
        }
    }

    /// The account it is of.
    #[must_use]
    pub const fn account(self) -> Option<&'d String> {
        match self {
            Self::News(news) => Some(&news.account),
            Self::Point(_) => None,
        }
    }
}

impl Digest {
    /// Its points with what names each: the news of accounts first, then block by block, as they are shown.
    pub fn pointed(&self) -> impl Iterator<Item = (PointRef, Pointed<'_>)> {
        let news = self.accounts.iter().map(Pointed::News).enumerate().map(|(n, it)| (None, n, it));
        let points = self.blocks.iter().flat_map(|block| {
            let points = block.points.iter().map(Pointed::Point).enumerate();
            points.map(|(n, it)| (Some(block.knowledge), n, it))
        });
        news.chain(points).map(|(block, n, it)| {
            // There are no more than a few; whatever stands behind 256 of them is not told apart.
            let index = u8::try_from(n).unwrap_or(u8::MAX);
            (PointRef { block, index, post: it.words().post }, it)
        })
    }

    /// What names the point whose own words these are: not equal ones, those that stand in this digest.
    #[must_use]
    pub fn named(&self, words: &Sentence) -> Option<PointRef> {
        self.pointed().find(|(_, it)| std::ptr::eq(it.words(), words)).map(|(named, _)| named)
    }

    /// The point of this name.
    #[must_use]
    pub fn point(&self, point: PointRef) -> Option<Pointed<'_>> {
        self.pointed().find(|(named, _)| *named == point).map(|(_, it)| it)
    }
}
