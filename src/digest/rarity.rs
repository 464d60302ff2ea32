//! How rare each term is in what was heard: what makes a sentence say something.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::evidence::Voiced;
use crate::post::Post;
use crate::side_by_side;
use crate::source::Owner;
use crate::text::words;

/// Terms read of each text: the beginning says what it is about, and work stays bounded.
const TERMS: usize = 200;

/// Posts counted at most, of many one in so many: more do not tell better how rare a term is.
const SAMPLE: usize = 6_000;

/// Posts counted by one thread at a time.
const AT_ONCE: usize = 500;

/// The distinct terms of a text.
pub(super) type Terms<'a> = HashSet<Cow<'a, str>>;

/// In how many texts each term stands.
#[derive(Debug, Default)]
pub(super) struct Rarity {
    texts: usize,
    containing: HashMap<String, u32>,
}

impl Rarity {
    /// Counted over a sample of `posts`.
    pub(super) fn of<'a>(posts: impl Iterator<Item = &'a Post>) -> Self {
        let posts: Vec<&Post> = posts.collect();
        let every = posts.len().div_ceil(SAMPLE).max(1);
        let posts: Vec<&Post> = posts.into_iter().step_by(every).collect();
        let parts: Vec<&[&Post]> = posts.chunks(AT_ONCE).collect();
        let counted = side_by_side::map(&parts, |part| {
            let mut rarity = Self::default();
            part.iter().for_each(|post| rarity.count(&beginning(post)));
            rarity
        });
        counted.into_iter().fold(Self::default(), Self::with)
    }

    /// Counted over what posts begin with.
    pub(super) fn of_beginnings<'s, 'a: 's>(said: impl Iterator<Item = &'s Terms<'a>>) -> Self {
        let mut rarity = Self::default();
        said.for_each(|terms| rarity.count(terms));
        rarity
    }

    fn count(&mut self, terms: &Terms) {
        self.texts += 1;
        for term in terms {
            match self.containing.get_mut(term.as_ref()) {
                Some(containing) => *containing += 1,
                None => drop(self.containing.insert(term.clone().into_owned(), 1)),
            }
        }
    }

    /// Both together.
    fn with(self, other: Self) -> Self {
        let (mut more, fewer) =
            if self.texts < other.texts { (other, self) } else { (self, other) };
        more.texts += fewer.texts;
        for (term, containing) in fewer.containing {
            *more.containing.entry(term).or_default() += containing;
        }
        more
    }

    /// 1 for a term that stands in every text, more for a rarer one.
    pub(super) fn weight(&self, term: &str) -> f64 {
        let containing = f64::from(self.containing.get(term).copied().unwrap_or(0));
        1.0 + ((self.texts as f64 + 1.0) / (containing + 1.0)).ln()
    }
}

/// The terms that stories begin with, and by how many owners each is used.
pub(super) fn used<'a>(stories: &[&Voiced<'a>]) -> HashMap<Cow<'a, str>, usize> {
    let mut by_owner: BTreeMap<&Owner, Vec<&'a Post>> = BTreeMap::new();
    for story in stories {
        by_owner.entry(&story.owner).or_default().push(story.lead().post);
    }
    let mut used: HashMap<Cow<'_, str>, usize> = HashMap::new();
    for posts in by_owner.values() {
        let terms: Terms = posts.iter().flat_map(|post| beginning(post)).collect();
        for term in terms {
            *used.entry(term).or_default() += 1;
        }
    }
    used
}

/// The distinct terms a post begins with.
pub(super) fn beginning(post: &Post) -> Terms<'_> {
    let title = post.said.title.as_deref().unwrap_or_default();
    words::terms(title).chain(words::terms(&post.said.text)).take(TERMS).collect()
}
