//! Teasers that were edited: what that makes of the post whose text is its article. Pure.
//!
//! A feed of teasers tells nothing of its articles but by its teasers: a teaser with other words says
//! that its article may have others, too. At once the post has the words that its listing has now,
//! title and summary, beside the text that was read before; its article is asked for again, after
//! those that are new and within the same limits.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use super::owed::UNREAD_A_SOURCE;
use crate::post::Said;
use crate::visit::{Teaser, first_eight, mark};

/// An article is asked for again so often because its teaser was edited. Some teasers hold a count of
/// comments or the time of day, and are others at every visit: no site is to be read over and over for
/// that. The post goes on following its teaser.
pub const EDITS_FOLLOWED: u32 = 3;

/// Teasers remembered of a source: as many as articles, some forty bytes each.
pub(super) const TEASERS_A_SOURCE: usize = UNREAD_A_SOURCE;

/// A teaser that is another than it was.
pub(super) struct Edit {
    /// Its post, until its article was read again.
    pub(super) said: Said,
    /// Whether its article is asked for again.
    pub(super) asks: bool,
}

/// What a listing's teasers are compared with, and what is remembered of them.
#[derive(Default)]
pub(super) struct Teasers {
    before: HashMap<u64, Teaser>,
    now: Vec<Teaser>,
}

impl Teasers {
    /// Those that were remembered, to compare others with.
    pub(super) fn of(before: &[Teaser]) -> Self {
        let by_mark = before.iter().map(|teaser| (teaser.mark, *teaser));
        Self { before: by_mark.collect(), now: Vec::new() }
    }

    /// Notes the teaser of a post that is kept, and says whether it is an edit of what `kept` gives: the
    /// post as it is kept. One that is met for the first time is none.
    ///
    /// Where `kept` gives nothing, the edit is not noted: the next visit meets it again.
    pub(super) fn meet(
        &mut self,
        said: &Said,
        kept: impl FnOnce() -> Option<Said>,
    ) -> Option<Edit> {
        let mut teaser = noted(said);
        let Some(before) = self.before.get(&teaser.mark).copied() else {
            self.note(teaser);
            return None;
        };
        let differs = |before: Option<u64>, now: Option<u64>| before.is_some() && before != now;
        let has_other_words = teaser.words != before.words || differs(before.link, teaser.link);
        teaser.asked_again = before.asked_again;
        if !has_other_words && !differs(before.about, teaser.about) {
            self.note(teaser);
            return None;
        }
        let Some(kept) = kept() else {
            self.note(before);
            return None;
        };
        let asks = has_other_words && teaser.asked_again < EDITS_FOLLOWED;
        teaser.asked_again += u32::from(asks);
        self.note(teaser);
        // A post that was but its teaser has no other words.
        let was_teaser = words(&kept) == before.words;
        let said = said.clone();
        Some(Edit { said: if was_teaser { said } else { said.with_words_of(kept) }, asks })
    }

    /// Notes the teaser of a post that is new.
    pub(super) fn meet_new(&mut self, said: &Said) {
        self.note(noted(said));
    }

    /// What to remember of the teasers that were met.
    pub(super) fn met(self) -> Vec<Teaser> {
        self.now
    }

    fn note(&mut self, teaser: Teaser) {
        if self.now.len() < TEASERS_A_SOURCE {
            self.now.push(teaser);
        }
    }
}

/// What one teaser is told from others by. Markup and dates alone are no edit, as they are none of a
/// whole post.
fn noted(said: &Said) -> Teaser {
    let mark = mark(&said.key);
    // As it is kept: else what is cut there would always be another.
    let said = said.clone().bounded();
    let mut tags: Vec<Option<&str>> = said.tags.iter().map(|tag| Some(&**tag)).collect();
    tags.sort_unstable();
    let author = said.author.as_ref();
    let name = author.and_then(|author| author.name.as_deref());
    let handle = author.and_then(|author| author.handle.as_deref());
    let files = said.enclosures.iter().map(|file| Some(&*file.url));
    Teaser {
        mark,
        words: words(&said),
        link: Some(told_by([said.url.as_deref()])),
        about: Some(told_by([name, handle].into_iter().chain(files).chain([None]).chain(tags))),
        asked_again: 0,
    }
}

fn words(said: &Said) -> u64 {
    told_by([said.title.as_deref(), Some(&*said.text), said.summary.as_deref()])
}

fn told_by<'a>(parts: impl IntoIterator<Item = Option<&'a str>>) -> u64 {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update([u8::from(part.is_some())]);
        hash.update(part.unwrap_or_default());
        hash.update([0]);
    }
    first_eight(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::post::Author;

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
        assert_eq!(noted(&markup), noted(&teaser("a")));
        let moved = Said { title: None, text: "Racks".into(), ..teaser("") };
        assert_ne!(noted(&moved), noted(&Said { title: Some("Racks".into()), ..teaser("") }));
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

    /// What a second visit finds that shows `edited` after `first`, whose article was read.
    fn edit_of(first: &[Teaser], edited: &Said) -> Option<Edit> {
        let kept = teaser("a").with_words_of(Said { text: "All of it.".into(), ..teaser("") });
        Teasers::of(first).meet(edited, || Some(kept))
    }

    #[test]
    fn another_link_asks_for_the_article_and_another_author_tag_or_file_does_not() {
        let first = after(&["a"], &teaser("a")).0;
        let url = Some("https://a.example/2".to_owned());
        let moved = edit_of(&first, &Said { url: url.clone(), ..teaser("a") }).unwrap();
        assert!(moved.asks && moved.said.url == url && moved.said.text == "All of it.");
        let author = Some(Author { name: Some("Ada".into()), ..Author::default() });
        let by = edit_of(&first, &Said { author: author.clone(), ..teaser("a") }).unwrap();
        assert!(!by.asks && by.said.author == author && by.said.text == "All of it.");
        let tagged = Said { tags: vec!["racks".into(), "cost".into()], ..teaser("a") };
        let first = vec![noted(&tagged)];
        let turned = Said { tags: vec!["cost".into(), "racks".into()], ..tagged.clone() };
        assert!(edit_of(&first, &turned).is_none(), "an order is no edit");
        assert!(edit_of(&first, &teaser("a")).is_some_and(|edit| !edit.asks));
        // What was noted before links and authors were tells nothing of them.
        let old = [Teaser { link: None, about: None, ..first[0] }];
        assert!(edit_of(&old, &Said { url, author, ..teaser("a") }).is_none());
    }

    #[test]
    fn an_edit_of_a_post_that_cannot_be_recalled_is_met_again() {
        let mut teasers = Teasers::of(&after(&["a"], &teaser("a")).0);
        assert!(teasers.meet(&teaser("b"), || None).is_none());
        let mut teasers = Teasers::of(&teasers.met());
        assert!(teasers.meet(&teaser("b"), || Some(teaser("a"))).is_some());
    }

    #[test]
    fn a_teaser_that_is_cut_where_it_is_kept_is_still_but_a_teaser() {
        let long = |text| Said { title: Some("x".repeat(9_000)), ..teaser(text) };
        let mut teasers = Teasers::of(&[noted(&long("a longer one"))]);
        let kept = long("a longer one").bounded();
        let edit = teasers.meet(&long("b"), || Some(kept)).unwrap();
        assert_eq!(edit.said.text, "b");
    }

    #[test]
    fn what_is_remembered_of_teasers_is_bounded() {
        let mut teasers = Teasers::default();
        for n in 0..2 * TEASERS_A_SOURCE {
            teasers.meet_new(&Said { key: n.to_string(), ..teaser("a") });
        }
        assert_eq!(teasers.met().len(), TEASERS_A_SOURCE);
    }
}
