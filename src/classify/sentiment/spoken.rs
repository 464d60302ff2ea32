//! A text as the sentiment branch reads it: emoji and hashtags in words, "sooooo" as "soo".
//!
//! The encoder's vocabulary has no emoji: "great🔥" is one unknown token to it, and the feeling with
//! it. The training texts go through this same code.

use std::borrow::Cow;

use emojis::Emoji;
use unicode_segmentation::UnicodeSegmentation as _;

/// Letters in a row that say no more than two: no English word has three.
const LETTERS_IN_A_ROW: usize = 2;

/// Signs in a row that say no more than three: "..." is one, "!!!!!!" is not more than "!!!".
const SIGNS_IN_A_ROW: usize = 3;

/// The first character that counts as an emoji: below it are arrows, "©", "™" and the like.
const FIRST_EMOJI: char = '\u{2300}';

/// The text with emoji by their Unicode names, hashtags cut into words, and stretched words
/// shortened. A text that has none of these is given back as it is.
#[must_use]
pub fn spoken(readable: &str) -> Cow<'_, str> {
    let named = with_named_emoji(readable);
    let cut = with_cut_hashtags(&named);
    let short = shortened(&cut);
    if short == readable { Cow::Borrowed(readable) } else { Cow::Owned(short) }
}

/// One emoji repeated is said once.
fn with_named_emoji(text: &str) -> String {
    let mut named = String::with_capacity(text.len());
    let mut last: Option<&Emoji> = None;
    for grapheme in text.graphemes(true) {
        match emoji(grapheme) {
            Some(emoji) if last == Some(emoji) => {}
            Some(emoji) => {
                let name = emoji.name();
                // “thumbs up: dark skin tone” says the same as “thumbs up”.
                let name = name.split_once(": ").map_or(name, |(thing, rest)| {
                    if thing == "flag" || thing == "keycap" { rest } else { thing }
                });
                named.push(' ');
                named.push_str(name);
                named.push(' ');
                last = Some(emoji);
            }
            None => {
                named.push_str(grapheme);
                if grapheme != " " {
                    last = None;
                }
            }
        }
    }
    if last.is_some() { named.trim_end().to_owned() } else { named }
}

fn emoji(grapheme: &str) -> Option<&'static Emoji> {
    let first = grapheme.chars().next()?;
    if first < FIRST_EMOJI {
        return None;
    }
    emojis::get(grapheme).or_else(|| emojis::get(first.encode_utf8(&mut [0; 4])))
}

/// “#GreatDay2day” → “#Great Day 2 day”.
fn with_cut_hashtags(text: &str) -> String {
    let mut cut = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(at) = rest.find('#') {
        let (before, tag) = rest.split_at(at + 1);
        cut.push_str(before);
        let is_tag = |c: char| c.is_alphanumeric() || c == '_';
        let end = tag.find(|c| !is_tag(c)).unwrap_or(tag.len());
        push_words(&mut cut, &tag[..end]);
        rest = &tag[end..];
    }
    cut.push_str(rest);
    cut
}

fn push_words(cut: &mut String, tag: &str) {
    let mut before: Option<char> = None;
    let mut characters = tag.chars().peekable();
    while let Some(c) = characters.next() {
        let next_is_small = characters.peek().is_some_and(|next| next.is_lowercase());
        let starts_word = before.is_some_and(|before| {
            (before.is_alphabetic() && c.is_numeric())
                || (before.is_numeric() && c.is_alphabetic())
                || (before.is_lowercase() && c.is_uppercase())
                || (before.is_uppercase() && c.is_uppercase() && next_is_small)
        });
        if c == '_' {
            cut.push(' ');
        } else {
            if starts_word {
                cut.push(' ');
            }
            cut.push(c);
        }
        before = Some(c);
    }
}

fn shortened(text: &str) -> String {
    let mut short = String::with_capacity(text.len());
    let mut row = 0;
    let mut last = None;
    for c in text.chars() {
        row = if last == Some(c) { row + 1 } else { 1 };
        last = Some(c);
        let most = match c {
            c if c.is_ascii_alphabetic() => LETTERS_IN_A_ROW,
            c if c.is_ascii_punctuation() => SIGNS_IN_A_ROW,
            _ => usize::MAX,
        };
        if row <= most {
            short.push(c);
        }
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emoji_are_said_once_by_name() {
        assert_eq!(spoken("great🔥🔥 🔥!"), "great fire  !");
        assert_eq!(spoken("ok 👍🏿"), "ok  thumbs up");
        assert_eq!(spoken("😂😡"), " face with tears of joy  enraged face");
        assert_eq!(spoken("I ❤ it, ❤️ it"), "I  red heart  it,  red heart  it");
        assert_eq!(spoken("🇫🇷"), " France");
        assert_eq!(spoken("© 2020 → 5 ™ 1#"), "© 2020 → 5 ™ 1#");
    }

    #[test]
    fn hashtags_are_cut_where_their_writers_meant_it() {
        assert_eq!(
            spoken("#GreatDay #NFLDraft2016 #so_sad #ok"),
            "#Great Day #NFL Draft 2016 #so sad #ok"
        );
        assert_eq!(spoken("C# and ##x #"), "C# and ##x #");
    }

    #[test]
    fn stretched_words_are_shortened() {
        assert_eq!(spoken("Sooooo goooood!!!!!! 1000000 ..."), "Soo good!!! 1000000 ...");
    }

    #[test]
    fn a_plain_text_is_left_alone() {
        let text = "“Nothing’s wrong”, they said — naïvely…";
        assert!(matches!(spoken(text), Cow::Borrowed(same) if same == text));
    }
}
