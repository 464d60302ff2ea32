//! How rare each term is in what was heard: what makes a sentence say something.

use std::collections::{HashMap, HashSet};

use crate::post::Post;
use crate::side_by_side;
use crate::text::words;

/// Terms read of each text: the beginning says what it is about, and work stays bounded.
const TERMS: usize = 200;

/// In how many texts each term stands.
#[derive(Debug)]
pub(super) struct Rarity {
    texts: usize,
    containing: HashMap<String, u32>,
}

impl Rarity {
    /// Counted over `posts`.
    pub(super) fn of<'a>(posts: impl Iterator<Item = &'a Post>) -> Self {
        let posts: Vec<&Post> = posts.collect();
        Self::of_beginnings(side_by_side::map(&posts, |post| beginning(post)).iter())
    }

    /// Counted over what posts begin with.
    pub(super) fn of_beginnings<'a>(said: impl Iterator<Item = &'a HashSet<String>>) -> Self {
        let mut rarity = Self { texts: 0, containing: HashMap::new() };
        for terms in said {
            rarity.texts += 1;
            for term in terms {
                match rarity.containing.get_mut(term) {
                    Some(containing) => *containing += 1,
                    None => drop(rarity.containing.insert(term.clone(), 1)),
                }
            }
        }
        rarity
    }

    /// 1 for a term that stands in every text, more for a rarer one.
    pub(super) fn weight(&self, term: &str) -> f64 {
        let containing = f64::from(self.containing.get(term).copied().unwrap_or(0));
        1.0 + ((self.texts as f64 + 1.0) / (containing + 1.0)).ln()
    }
}

/// The distinct terms a post begins with.
pub(super) fn beginning(post: &Post) -> HashSet<String> {
    let title = post.said.title.as_deref().unwrap_or_default();
    words::terms(title).chain(words::terms(&post.said.text)).take(TERMS).collect()
}
