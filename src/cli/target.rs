//! Whom a line's sentiment is asked towards: a name, offsets, or both.

use std::ops::Range;

use crate::classify::Target;
use crate::text::characters;

/// A line that asks for something its text does not have.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoTarget {
    /// One offset without the other.
    #[error("“start” and “end” go together: give both, or “target” alone")]
    OneOffset,
    /// Offsets outside of the text, or an end before the start.
    #[error(
        "“start” {start} and “end” {end} are no stretch of this text of {length} characters: they count characters (Unicode code points) from 0, and the end is not included"
    )]
    Outside {
        /// As given.
        start: usize,
        /// As given.
        end: usize,
        /// How many characters there are.
        length: usize,
    },
    /// Other words stand there, and the target is nowhere else.
    #[error(
        "“target” is “{target}”, but the text says “{found}” there: “start” and “end” count characters (Unicode code points) from 0, and the end is not included"
    )]
    Elsewhere {
        /// As given.
        target: String,
        /// What stands at the offsets.
        found: String,
    },
    /// Nothing to look for.
    #[error("“target” is empty: give the words that name it, or leave it out")]
    Empty,
}

/// The target a line asks for; none where it asks for none. Offsets that miss the target's words
/// stand for the mention nearest to them.
pub(super) fn target(
    text: &str,
    target: Option<&str>,
    start: Option<usize>,
    end: Option<usize>,
) -> Result<Option<Target>, NoTarget> {
    let target = target.map(str::trim);
    if target.is_some_and(str::is_empty) {
        return Err(NoTarget::Empty);
    }
    let range = match (start, end) {
        (None, None) => None,
        (Some(start), Some(end)) => {
            Some(characters::bytes(text, start..end).ok_or_else(|| NoTarget::Outside {
                start,
                end,
                length: text.chars().count(),
            })?)
        }
        _ => return Err(NoTarget::OneOffset),
    };
    let named = match (target, range) {
        (None, None) => return Ok(None),
        (None, Some(range)) => Some(range),
        (Some(target), None) => mentions(text, target).next(),
        (Some(target), Some(range)) => {
            let found = &text[range.clone()];
            if found.trim().eq_ignore_ascii_case(target) {
                Some(range)
            } else {
                let nearest = mentions(text, target)
                    .min_by_key(|mention| mention.start.abs_diff(range.start));
                let elsewhere =
                    || NoTarget::Elsewhere { target: target.to_owned(), found: found.to_owned() };
                Some(nearest.ok_or_else(elsewhere)?)
            }
        }
    };
    Ok(Some(named.map_or(Target::Unnamed, Target::Named)))
}

/// Where a name stands: as it is, else written together as in a hashtag.
fn mentions(text: &str, target: &str) -> impl Iterator<Item = Range<usize>> {
    let text = text.to_ascii_lowercase();
    let as_it_is = target.to_ascii_lowercase();
    let together = as_it_is.trim_start_matches(['@', '#']).replace(' ', "");
    let form = if text.contains(&as_it_is) { as_it_is } else { together };
    let places: Vec<Range<usize>> = match form.as_str() {
        "" => Vec::new(),
        form => text.match_indices(form).map(|(at, found)| at..at + found.len()).collect(),
    };
    places.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str, asked: (Option<&str>, Option<usize>, Option<usize>)) -> String {
        match target(text, asked.0, asked.1, asked.2) {
            Ok(Some(Target::Named(range))) => {
                format!("{} at {}", &text[range.clone()], range.start)
            }
            Ok(Some(Target::Unnamed)) => "not named".to_owned(),
            Ok(None) => "none".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_target_is_a_name_or_offsets_or_both() {
        let text = "é Acme, ACME and Globex #BigCo";
        assert_eq!(named(text, (None, None, None)), "none");
        assert_eq!(named(text, (Some("acme"), None, None)), "Acme at 3");
        assert_eq!(named(text, (None, Some(17), Some(23))), "Globex at 18");
        assert_eq!(named(text, (Some("acme"), Some(8), Some(12))), "ACME at 9");
        assert_eq!(named(text, (Some("Big Co"), None, None)), "BigCo at 26");
        assert_eq!(named(text, (Some("Initech"), None, None)), "not named");
    }

    #[test]
    fn offsets_that_miss_stand_for_the_nearest_mention() {
        let text = "Acme said that Acme is fine";
        assert_eq!(named(text, (Some("Acme"), Some(14), Some(18))), "Acme at 15");
    }

    #[test]
    fn what_cannot_be_meant_is_refused_in_words() {
        let text = "Acme 🔥";
        let refusal = |asked| named(text, asked);
        assert!(refusal((Some("Acme"), Some(0), None)).contains("go together"));
        assert!(refusal((Some("Acme"), Some(0), Some(7))).contains("of 6 characters"));
        assert!(refusal((None, Some(4), Some(2))).contains("no stretch"));
        assert!(refusal((None, Some(usize::MAX), Some(usize::MAX))).contains("no stretch"));
        assert!(refusal((Some("Globex"), Some(0), Some(4))).contains("but the text says “Acme”"));
        assert!(refusal((Some(" "), None, None)).contains("is empty"));
    }
}
