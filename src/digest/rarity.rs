//! How rare each term is in what was heard: what makes a sentence say something.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::post::Post;
use crate::side_by_side;
use crate::text::words;

/// Terms read of each text: the beginning says what it is about, and work stays bounded.
const TERMS: usize = 200;

/// Posts counted by one thread at a time.
const AT_ONCE: usize = 2_000;

/// The distinct terms of a text.
pub(super) type Terms<'a> = HashSet<Cow<'a, str>>;

/// In how many texts each term stands.
#[derive(Debug, Default)]
pub(super) struct Rarity {
    texts: usize,
    containing: HashMap<String, u32>,
}

impl Rarity {
    /// Counted over `posts`.
    pub(super) fn of<'a>(posts: impl Iterator<Item = &'a Post>) -> Self {
        let posts: Vec<&Post> = posts.collect();
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

/// The distinct terms a post begins with.
pub(super) fn beginning(post: &Post) -> Terms<'_> {
    let title = post.said.title.as_deref().unwrap_or_default();
    words::terms(title).chain(words::terms(&post.said.text)).take(TERMS).collect()
}
