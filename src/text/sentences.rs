//! Sentences of real-world text, as verbatim slices of it.
//!
//! Unicode's rules (UAX 29) find the places where a sentence may end; the rules here take back those
//! where it does not: abbreviations, initials, URLs, wrapped lines, quotations.

use unicode_segmentation::UnicodeSegmentation as _;

/// Never the end of a sentence: something always follows.
const LEADING: &[&str] = &[
    "mr", "mrs", "ms", "dr", "prof", "st", "vs", "v", "e.g", "eg", "i.e", "ie", "cf", "no", "nos",
    "fig", "gen", "gov", "sen", "rep", "rev", "hon", "capt", "col", "sgt", "lt", "approx", "ca",
    "vol", "pp", "sec", "art", "al", "resp", "z.b", "bzw", "jan", "feb", "mar", "apr", "jun",
    "jul", "aug", "sept", "sep", "oct", "nov", "dec",
];

/// May end a sentence: they do where the next one begins like a sentence.
const TRAILING: &[&str] = &[
    "inc", "ltd", "co", "corp", "llc", "plc", "bros", "etc", "u.s", "u.k", "e.u", "u.n", "a.m",
    "p.m", "ph.d", "jr", "sr", "dept", "est", "d.c", "b.v", "s.a", "min", "max",
];

/// Words that begin a sentence more often than they begin a name.
const OPENERS: &[&str] = &[
    "the", "a", "an", "in", "it", "its", "we", "our", "this", "that", "these", "those", "they",
    "he", "she", "you", "i", "but", "and", "so", "if", "when", "while", "what", "how", "why",
    "after", "before", "as", "at", "for", "on", "to", "there", "their", "his", "her", "my", "your",
    "however", "now", "not", "no", "since", "some", "many", "most",
];

/// A quotation that is still open after this many pieces is not one: a stray quotation mark.
const PIECES_OF_A_QUOTATION: usize = 6;

/// The sentences of `text`, in order, each a slice of it without white space or list markers at its
/// ends. A heading or a list item is one too: it is for the caller to tell them apart.
#[must_use]
pub fn sentences(text: &str) -> Vec<&str> {
    one_by_one(text).collect()
}

/// The same, found as they are asked for: of a long text often only the first few are.
pub fn one_by_one(text: &str) -> impl Iterator<Item = &str> {
    let mut pieces = text.split_sentence_bound_indices().peekable();
    let whole = std::iter::from_fn(move || {
        let (start, first) = pieces.next()?;
        let mut end = start + first.len();
        let mut taken = 1;
        while let Some(&(_, next)) = pieces.peek() {
            let so_far = &text[start..end];
            let open = taken < PIECES_OF_A_QUOTATION && in_quotation(so_far);
            if !goes_on(so_far, next, open) {
                break;
            }
            end += next.len();
            taken += 1;
            pieces.next();
        }
        Some(without_marker(text[start..end].trim()))
    });
    whole.filter(|sentence| sentence.chars().any(char::is_alphanumeric))
}

/// Whether the sentence that `so_far` begins goes on in `next`.
fn goes_on(so_far: &str, next: &str, open: bool) -> bool {
    let said = so_far.trim_end();
    let gap = &so_far[said.len()..];
    if said.is_empty() {
        return true;
    }
    if gap.matches('\n').count() > 1 || next.trim().is_empty() || starts_with_marker(next) {
        return false;
    }
    let next = next.trim_start();
    let begins_small = next.chars().next().is_some_and(char::is_lowercase);
    let bare = said.trim_end_matches(CLOSERS);
    if gap.contains('\n') && !bare.ends_with(TERMINATORS) {
        return begins_small;
    }
    if begins_small && !bare.ends_with(IDEOGRAPHIC) {
        return true;
    }
    // A mark with no space after it is part of a URL, a version or a file name.
    if gap.is_empty() && bare.ends_with(['.', '!', '?']) {
        return true;
    }
    if open && !gap.contains('\n') {
        return true;
    }
    bare.strip_suffix('.').is_some_and(|bare| abbreviates(bare, next))
}

/// What may end a sentence.
const TERMINATORS: &[char] = &['.', '!', '?', '…', ':', ';', '。', '！', '？'];

/// What ends a sentence without white space after it.
const IDEOGRAPHIC: &[char] = &['。', '！', '？'];

/// What may stand between the mark and the white space.
const CLOSERS: &[char] = &['"', '\'', '\u{201d}', '\u{2019}', '»', ')', ']'];

/// Whether the full stop after `bare` belongs to an abbreviation that `next` continues.
fn abbreviates(bare: &str, next: &str) -> bool {
    let word = bare.rsplit(|c: char| c.is_whitespace() || matches!(c, '(' | '"' | '\u{201c}'));
    let Some(word) = word.into_iter().next() else { return false };
    let lower = word.to_lowercase();
    if LEADING.contains(&lower.as_str()) {
        // "No." answers a question unless a number follows.
        return lower != "no" || next.starts_with(|c: char| c.is_ascii_digit());
    }
    // A list's number stands with its item.
    if bare.trim() == word && word.chars().all(|c| c.is_ascii_digit()) {
        return true;
    }
    let initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
    let dotted = word.contains('.') && word.split('.').all(|part| part.chars().count() == 1);
    if !initial && !dotted && !TRAILING.contains(&lower.as_str()) {
        return false;
    }
    let opener = next.unicode_words().next().unwrap_or_default().to_lowercase();
    !OPENERS.contains(&opener.as_str())
}

/// Whether a quotation mark in `text` has not been closed.
fn in_quotation(text: &str) -> bool {
    let straight = text.matches('"').count() % 2 == 1;
    let opened = text.matches('\u{201c}').count();
    straight || opened > text.matches('\u{201d}').count()
}

/// Whether a line begins as an item of a list.
fn starts_with_marker(line: &str) -> bool {
    let line = line.trim_start();
    without_marker(line).len() != line.len()
}

/// `sentence` without the bullet or number that makes it an item of a list.
fn without_marker(sentence: &str) -> &str {
    let rest = sentence.trim_start_matches(['•', '·', '▪', '◦', '‣', '*', '–', '—', '-', '>', '#']);
    if rest.len() != sentence.len() && rest.starts_with(char::is_whitespace) {
        return rest.trim_start();
    }
    let digits = sentence.bytes().take_while(u8::is_ascii_digit).count();
    let after = &sentence[digits..];
    if (1..=2).contains(&digits)
        && after.starts_with(['.', ')'])
        && after[1..].starts_with(char::is_whitespace)
    {
        return after[1..].trim_start();
    }
    sentence
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(sentences(text), expected);
    }

    #[test]
    fn abbreviations_and_initials_do_not_end_a_sentence() {
        check(
            "Dr. Smith of Acme Inc. in the U.S. said no. J. R. Hart agreed.",
            &["Dr. Smith of Acme Inc. in the U.S. said no.", "J. R. Hart agreed."],
        );
        check(
            "We moved to Acme Inc. The bill halved, e.g. Storage fell.",
            &["We moved to Acme Inc.", "The bill halved, e.g. Storage fell."],
        );
        check(
            "See No. 5 Main Street. No. We do not.",
            &["See No. 5 Main Street.", "No.", "We do not."],
        );
    }

    #[test]
    fn decimals_versions_and_urls_stay_whole() {
        check(
            "It costs 4.50 USD since v2.1. See https://a.example/x.html?q=1&r=2. Done.",
            &["It costs 4.50 USD since v2.1.", "See https://a.example/x.html?q=1&r=2.", "Done."],
        );
    }

    #[test]
    fn a_quotation_stays_with_who_said_it() {
        check(
            "\"It broke. We left,\" she said. Others stayed.",
            &["\"It broke. We left,\" she said.", "Others stayed."],
        );
        check(
            "\u{201c}Stop!\u{201d} he said. He left.",
            &["\u{201c}Stop!\u{201d} he said.", "He left."],
        );
    }

    #[test]
    fn headings_and_list_items_stand_alone_and_wrapped_lines_join() {
        check(
            "What we saw\n\nThe bill rose by half\nin one month.\n- Storage rose\n- Egress doubled\n1. First item\n2) Second item",
            &[
                "What we saw",
                "The bill rose by half\nin one month.",
                "Storage rose",
                "Egress doubled",
                "First item",
                "Second item",
            ],
        );
    }

    #[test]
    fn ideographic_full_stops_need_no_space() {
        check("価格が上がった。困る。", &["価格が上がった。", "困る。"]);
    }

    proptest! {
        #[test]
        fn every_sentence_is_a_slice_of_the_text_in_order(text in "\\PC{0,200}|[A-Za-z .!?\"\n•-]{0,200}") {
            let mut from = 0;
            for sentence in sentences(&text) {
                let at = text[from..].find(sentence);
                prop_assert!(at.is_some());
                from += at.unwrap_or(0) + sentence.len();
            }
        }
    }
}
