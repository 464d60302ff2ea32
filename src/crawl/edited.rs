//! Teasers that were edited: what that makes of the post whose text is its article. Pure.
//!
//! A feed of teasers tells nothing of its articles but by its teasers: a teaser with other words says
//! that its article may have others, too. At once the post has the words that its listing has now,
//! title and summary, beside the text that was read before; its article is asked for again, after
//! those that are new and within the same limits.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::post::Said;
use crate::visit::Teaser;

/// An article is asked for again so often because its teaser was edited. Some teasers hold a count of
/// comments or the time of day, and are others at every visit: no site is to be read over and over for
/// that. The post goes on following its teaser.
pub const EDITS_FOLLOWED: u32 = 3;

/// Teasers remembered of a source: more entries no feed shows at a time.
pub(super) const TEASERS_A_SOURCE: usize = 500;

/// A teaser with other words than it had.
pub(super) struct Edit {
    /// Its post, until its article was read again.
    pub(super) said: Said,
    /// Whether its article is asked for again.
    pub(super) asks: bool,
}

/// What a listing's teasers are compared with, and what is remembered of them.
#[derive(Default)]
pub(super) struct Teasers {
    before: BTreeMap<String, Teaser>,
    now: Vec<Teaser>,
}

impl Teasers {
    /// Those that were remembered, to compare others with.
    pub(super) fn of(before: &[Teaser]) -> Self {
        let by_key = before.iter().map(|teaser| (teaser.key.clone(), teaser.clone()));
        Self { before: by_key.collect(), now: Vec::new() }
    }

    /// Notes a teaser, and says whether it is an edit of what `kept` gives: the post as it is kept. One
    /// that is met for the first time is none.
    pub(super) fn meet(
        &mut self,
        said: &Said,
        kept: impl FnOnce() -> Option<Said>,
    ) -> Option<Edit> {
        let words = mark(said);
        let before = self.before.get(&said.key);
        let mut asked_again = before.map_or(0, |before| before.asked_again);
        let edited = before.filter(|before| before.words != words);
        let edit = edited.and_then(|before| {
            let kept = kept()?;
            let asks = asked_again < EDITS_FOLLOWED;
            asked_again += u32::from(asks);
            // A post that was but its teaser has no other words.
            let was_teaser = mark(&kept) == before.words;
            let said = said.clone();
            Some(Edit { said: if was_teaser { said } else { said.with_words_of(kept) }, asks })
        });
        if self.now.len() < TEASERS_A_SOURCE {
            self.now.push(Teaser { key: said.key.clone(), words, asked_again });
        }
        edit
    }

    /// What to remember of the teasers that were met.
    pub(super) fn met(self) -> Vec<Teaser> {
        self.now
    }
}

/// Tells the words of one teaser from those of another, in 16 hexadecimal digits. Markup and dates
/// alone are no edit, as they are none of a whole post.
fn mark(said: &Said) -> String {
    let mut hash = Sha256::new();
    for words in [said.title.as_deref(), Some(&*said.text), said.summary.as_deref()] {
        hash.update([u8::from(words.is_some())]);
        hash.update(words.unwrap_or_default());
        hash.update([0]);
    }
    hash.finalize()[..8].iter().fold(String::with_capacity(16), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn teaser(text: &str) -> Said {
        Said { key: "1".into(), title: Some("Racks".into()), text: text.into(), ..Said::default() }
    }

    /// What is remembered after teasers of these texts, one a visit, and whether each was asked for.
    fn after(texts: &[&str], kept: &Said) -> (Vec<Teaser>, Vec<Option<bool>>) {
        let (mut memory, mut asked) = (Vec::new(), Vec::new());
        for text in texts {
            let mut teasers = Teasers::of(&memory);
            let edit = teasers.meet(&teaser(text), || Some(kept.clone()));
            asked.push(edit.map(|edit| edit.asks));
            memory = teasers.met();
        }
        (memory, asked)
    }

    #[test]
    fn other_words_are_an_edit_and_what_is_met_first_is_none() {
        let (memory, asked) = after(&["a", "a", "b", "b", "a"], &teaser("a"));
        assert_eq!(asked, [None, None, Some(true), None, Some(true)]);
        assert_eq!(memory[0].asked_again, 2);
        let mut markup = teaser("a");
        markup.html = Some("<p id=s9>a</p>".into());
        assert_eq!(mark(&markup), mark(&teaser("a")));
        let moved = Said { title: None, text: "Racks".into(), ..teaser("") };
        assert_ne!(mark(&moved), mark(&Said { title: Some("Racks".into()), ..teaser("") }));
    }

    #[test]
    fn a_teaser_that_never_stands_still_is_followed_and_its_article_left_alone() {
        let (memory, asked) = after(&["1", "2", "3", "4", "5", "6"], &teaser("1"));
        let yes = Some(true);
        assert_eq!(asked, [None, yes, yes, yes, Some(false), Some(false)]);
        assert_eq!(memory[0].asked_again, EDITS_FOLLOWED);
    }

    #[test]
    fn until_its_article_is_read_again_a_post_has_the_new_title_and_the_text_it_had() {
        let article = Said { text: "All of it, at length.".into(), ..teaser("") };
        let kept = teaser("old").with_words_of(article);
        let mut teasers = Teasers::of(&after(&["old"], &kept).0);
        let edited = Said { title: Some("Racks, corrected".into()), ..teaser("new") };
        let said = teasers.meet(&edited, || Some(kept.clone())).unwrap().said;
        assert_eq!(said.title.as_deref(), Some("Racks, corrected"));
        assert_eq!((&*said.text, said.summary.as_deref()), ("All of it, at length.", Some("new")));
        // A post that is no more than its teaser becomes the new one, though it may be shorter.
        let mut teasers = Teasers::of(&after(&["longer than"], &kept).0);
        let said = teasers.meet(&teaser("new"), || Some(teaser("longer than"))).unwrap().said;
        assert_eq!((&*said.text, said.summary), ("new", None));
    }

    #[test]
    fn what_is_remembered_of_teasers_is_bounded() {
        let mut teasers = Teasers::default();
        for n in 0..2 * TEASERS_A_SOURCE {
            teasers.meet(&Said { key: n.to_string(), ..teaser("a") }, || None);
        }
        assert_eq!(teasers.met().len(), TEASERS_A_SOURCE);
    }
}
