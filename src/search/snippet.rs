//! The words around what was found, with what was found marked.

use std::collections::HashSet;
use std::ops::Range;

use super::query::{Query, Wanted};
use super::tokens::{self, Word};
use crate::views::safe;

/// Bytes of a text that are looked through; what was found stands near the beginning of most.
const LOOKED_THROUGH: usize = 64 << 10;

/// A text in one harmless line, and what was found in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marked {
    /// The text.
    pub text: String,
    /// What was found, in bytes, in order, without overlap.
    pub marks: Vec<Range<usize>>,
}

/// Finds in a text what a query asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marker {
    /// Stems that follow each other.
    phrases: Vec<Vec<String>>,
    /// Beginnings of words.
    begins: Vec<String>,
}

impl Marker {
    /// What marks the words of a query; not those that are not wanted.
    #[must_use]
    pub fn of(query: &Query) -> Self {
        let mut marker = Self::default();
        query.each_wanted(&mut |wanted| match wanted {
            Wanted::Words(words) => marker.phrase(words),
            Wanted::Begins(words) => {
                let folded = tokens::folded(words);
                let Some(last) = folded.last() else { return };
                marker.begins.push(last.word.clone());
                marker.phrase(&words[..last.at.start]);
            }
            _ => {}
        });
        marker
    }

    /// `text` in a line of at most so many characters, with its marks.
    #[must_use]
    pub fn line(&self, text: &str, chars: usize) -> Marked {
        let text = safe::plain(text, chars);
        let marks = self.marks(&text).into_iter().map(|mark| mark.at).collect();
        Marked { text, marks }
    }

    /// The stretch of `text` with most of what was asked, in a line of at most so many characters; its
    /// beginning where nothing of it stands there.
    #[must_use]
    pub fn snippet(&self, text: &str, chars: usize) -> Marked {
        let text = &text[..text.floor_char_boundary(LOOKED_THROUGH)];
        let marks = self.marks(text);
        let Some(best) = best(text, &marks, chars) else { return self.line(text, chars) };
        // Some words before it, so that it is understood; from the beginning where that is near.
        let lead = chars / 4;
        let before = &text[..best];
        let begin = match before.char_indices().rev().nth(lead) {
            Some((begin, _)) if before[..begin].chars().count() > lead => {
                word_start(text, begin, best)
            }
            _ => 0,
        };
        let mut line = self.line(&text[begin..], chars.saturating_sub(1));
        if begin > 0 {
            line.text.insert(0, '…');
            for mark in &mut line.marks {
                *mark = mark.start + '…'.len_utf8()..mark.end + '…'.len_utf8();
            }
        }
        line
    }

    fn phrase(&mut self, words: &str) {
        let stems: Vec<String> = tokens::stems(words).into_iter().map(|word| word.word).collect();
        if !stems.is_empty() {
            self.phrases.push(stems);
        }
    }

    fn marks(&self, text: &str) -> Vec<Mark> {
        if self.phrases.is_empty() && self.begins.is_empty() {
            return Vec::new();
        }
        let words = tokens::stems(text);
        let mut marks: Vec<Mark> = Vec::new();
        let mut place = 0;
        while place < words.len() {
            match self.found_at(text, &words[place..]) {
                Some((what, length)) => {
                    let at = words[place].at.start..words[place + length - 1].at.end;
                    marks.push(Mark { at, what });
                    place += length;
                }
                None => place += 1,
            }
        }
        marks
    }

    /// What begins with the first of these words: which, and how many words of it.
    fn found_at(&self, text: &str, words: &[Word]) -> Option<(usize, usize)> {
        let is_here = |phrase: &&Vec<String>| {
            phrase.len() <= words.len()
                && phrase.iter().zip(words).all(|(stem, word)| *stem == word.word)
        };
        let phrases = self.phrases.iter().enumerate().filter(|(_, phrase)| is_here(phrase));
        if let Some((n, phrase)) = phrases.max_by_key(|(_, phrase)| phrase.len()) {
            return Some((n, phrase.len()));
        }
        if self.begins.is_empty() {
            return None;
        }
        let first = words.first()?;
        let form = tokens::fold(&text[first.at.clone()]);
        let begun = |begin: &String| form.starts_with(begin) || first.word.starts_with(begin);
        let n = self.begins.iter().position(begun)?;
        Some((self.phrases.len() + n, 1))
    }
}

/// Something found in a text.
struct Mark {
    at: Range<usize>,
    /// Which of the things asked.
    what: usize,
}

/// Where the stretch begins that holds most different things asked, and of those the first.
fn best(text: &str, marks: &[Mark], chars: usize) -> Option<usize> {
    let mut best: Option<(usize, usize)> = None;
    for (n, first) in marks.iter().enumerate() {
        let rest = &text[first.at.start..];
        let length =
            rest.char_indices().nth(chars * 3 / 4).map_or(rest.len(), |(length, _)| length);
        let end = first.at.start + length;
        let within = marks[n..].iter().take_while(|mark| mark.at.end <= end);
        let different = within.map(|mark| mark.what).collect::<HashSet<_>>().len();
        if best.is_none_or(|(most, _)| different > most) {
            best = Some((different, first.at.start));
        }
    }
    best.map(|(_, start)| start)
}

/// Where a word begins, from a place on, but not past another.
fn word_start(text: &str, from: usize, most: usize) -> usize {
    let between = &text[from..most];
    match between.char_indices().find(|(_, c)| c.is_whitespace()) {
        Some((length, space)) => from + length + space.len_utf8(),
        None => from,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::search::query::tests::market;

    fn marker(query: &str) -> Marker {
        let now = "2026-11-22T18:00:00Z".parse().unwrap();
        Marker::of(&Query::parse(query, &market(), now).unwrap())
    }

    fn shown(query: &str, text: &str, chars: usize) -> String {
        let Marked { text, marks } = marker(query).snippet(text, chars);
        let mut shown = String::new();
        let mut at = 0;
        for mark in marks {
            shown += &format!("{}[{}]", &text[at..mark.start], &text[mark.clone()]);
            at = mark.end;
        }
        shown + &text[at..]
    }

    #[test]
    fn words_are_marked_in_all_their_forms_and_phrases_as_a_whole() {
        assert_eq!(
            shown("price", "Their pricing, the Prices", 80),
            "Their [pricing], the [Prices]"
        );
        assert_eq!(shown("\"cloud cost\"", "cost of cloud costs", 80), "cost of [cloud costs]");
        assert_eq!(shown("migrati* -cost", "migrations cost", 80), "[migrations] cost");
        assert_eq!(shown("cafe", "Café", 80), "[Café]");
    }

    #[test]
    fn the_stretch_with_most_of_what_was_asked_is_shown() {
        let text =
            format!("A cost. {} The cloud has its cost. {}", "word ".repeat(80), "end ".repeat(80));
        let shown = shown("cloud cost", &text, 60);
        assert!(shown.starts_with('…') && shown.ends_with('…'), "{shown}");
        assert!(shown.contains("[cloud] has its [cost]"), "{shown}");
        assert!(marker("cloud").snippet(&text, 60).text.chars().count() <= 60);
    }

    #[test]
    fn hostile_text_is_harmless_and_its_beginning_is_shown_where_nothing_is_found() {
        assert_eq!(shown("cloud", "\u{1b}[2Jplain\u{202e} text", 80), "[2Jplain text");
        assert_eq!(shown("voice:press", "Anything\n\nat all", 80), "Anything at all");
        assert_eq!(shown("cloud", "", 80), "");
    }

    proptest! {
        #[test]
        fn whatever_the_text_a_snippet_is_bounded_and_its_marks_lie_in_it(
            text in "(\\PC|cost|cloud| |\u{301}|ß){0,200}", chars in 2_usize..100
        ) {
            let Marked { text, marks } = marker("cost cloud*").snippet(&text, chars);
            prop_assert!(text.chars().count() <= chars);
            let mut end = 0;
            for mark in marks {
                prop_assert!(mark.start >= end && text.get(mark.clone()).is_some());
                end = mark.end;
            }
        }
    }
}
