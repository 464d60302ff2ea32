//! Making other people's words harmless: to the eye, to the layout, and to who clicks.
//!
//! Markup is escaped by each view; this is what escaping leaves.

use url::Url;

/// A longer word is cut: it would push the layout out of the screen.
const WORD_CHARS: usize = 48;

/// Marks stacked on one letter; writing systems need two, mischief uses hundreds.
const MARKS: usize = 2;

/// Longer links break in mail clients, and are seldom meant for people.
const URL_CHARS: usize = 1_000;

/// A link that may be followed, with the host a reader is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// An http or https URL in ASCII, without user name and password.
    pub url: String,
    /// Its host in ASCII (punycode, so that no letter stands for another), without `www.`.
    pub host: String,
}

/// `text` in one line of at most `chars` characters: without control, direction and invisible
/// characters, with long words and piles of marks cut.
#[must_use]
pub fn plain(text: &str, chars: usize) -> String {
    let mut shown = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        let word = plain_word(word);
        if word.is_empty() {
            continue;
        }
        if !shown.is_empty() {
            shown.push(' ');
        }
        shown.push_str(&word);
    }
    if shown.chars().count() <= chars {
        return shown;
    }
    let cut: String = shown.chars().take(chars.saturating_sub(1)).collect();
    let at_word = cut.rfind(' ').filter(|&at| at > cut.len() / 2).unwrap_or(cut.len());
    format!("{}…", cut[..at_word].trim_end())
}

/// The same, for a quotation: quotation marks inside of one are single ones: nobody's words may seem to end before they do.
#[must_use]
pub fn quotable(text: &str, chars: usize) -> String {
    let opening = ['\u{201c}', '\u{201e}', '\u{201f}', '\u{275d}', '\u{301d}', '\u{2e42}'];
    let closing =
        ['\u{201d}', '\u{275e}', '\u{301e}', '\u{301f}', '\u{ff02}', '\u{2033}', '\u{2036}'];
    plain(text, chars).replace(opening, "\u{2018}").replace(closing, "\u{2019}")
}

/// The link at `url`. None for another scheme, no host, or more than a link needs.
#[must_use]
pub fn link(url: &str) -> Option<Link> {
    let mut url = Url::parse(url.trim()).ok()?;
    if !matches!(url.scheme(), "http" | "https") || url.as_str().len() > URL_CHARS {
        return None;
    }
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    let host = url.host_str()?;
    let host = short_host(host.strip_prefix("www.").unwrap_or(host));
    // Parentheses end a link in Markdown; quotes one in HTML.
    let escaped = url.as_str().replace('(', "%28").replace(')', "%29").replace('\'', "%27");
    Some(Link { url: escaped, host })
}

/// A host is told by its end: whoever owns that may write before it what they like.
fn short_host(host: &str) -> String {
    // In ASCII, so that a character is a byte.
    match host.len().checked_sub(WORD_CHARS) {
        Some(over) if over > 0 => format!("…{}", host.get(over + 1..).unwrap_or_default()),
        _ => host.to_owned(),
    }
}

fn plain_word(word: &str) -> String {
    let mut shown = String::new();
    let (mut length, mut marks) = (0, 0);
    for c in word.chars().filter(|&c| !is_invisible(c)) {
        marks = if is_mark(c) { marks + 1 } else { 0 };
        if marks > MARKS {
            continue;
        }
        if length == WORD_CHARS {
            shown.push('…');
            break;
        }
        length = if breaks(c) { 0 } else { length + 1 };
        shown.push(c);
    }
    shown
}

/// Letters of writing systems without spaces between words: a line breaks at them all the same.
fn breaks(c: char) -> bool {
    matches!(c,
        '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff60}'
        | '\u{20000}'..='\u{3ffff}')
}

/// Characters that change the direction of what follows, or that nobody sees.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180e}' | '\u{200b}'..='\u{200c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}')
        || c.is_control()
}

fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{0300}'..='\u{036f}' | '\u{0483}'..='\u{0489}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn direction_marks_and_invisible_characters_are_dropped() {
        assert_eq!(plain("a\u{202e}b\u{200b}c\u{2066}d\u{feff}\u{0}e", 100), "abcd e");
    }

    #[test]
    fn long_words_and_piles_of_marks_are_cut() {
        assert_eq!(plain(&"😀".repeat(10_000), 1_000).chars().count(), WORD_CHARS + 1);
        assert_eq!(plain(&format!("z{}", "\u{0301}".repeat(500)), 100).chars().count(), 3);
    }

    #[test]
    fn what_is_written_without_spaces_is_not_cut_as_a_long_word() {
        for text in ["価格が上がった。".repeat(12), "ราคาสูงขึ้นทุกปี".repeat(6)]
        {
            assert_eq!(plain(&text, 1_000), text);
            assert_eq!(plain(&text, 20).chars().count(), 20);
        }
    }

    #[test]
    fn only_web_links_pass_and_hosts_show_their_true_letters() {
        assert_eq!(link("javascript:alert(1)"), None);
        assert_eq!(link("data:text/html,<b>"), None);
        assert_eq!(link("//a.example/x"), None);
        let cyrillic = link("https://\u{430}\u{440}ple.example/x").unwrap();
        assert!(cyrillic.host.starts_with("xn--"), "{cyrillic:?}");
        let tricky = link("https://bank.example@evil.example/a(b)'c").unwrap();
        assert_eq!(tricky.host, "evil.example");
        assert_eq!(tricky.url, "https://evil.example/a%28b%29%27c");
        let long = format!("https://bank.example.{}evil.example/", "login.".repeat(9));
        let long = link(&long).unwrap().host;
        assert!(long.starts_with('…') && long.ends_with(".evil.example"), "{long}");
        assert_eq!(long.chars().count(), WORD_CHARS);
    }

    proptest! {
        #[test]
        fn whatever_comes_is_one_bounded_line(text in "\\PC*|[\u{0}-\u{ff}\u{202a}-\u{202e}]*", chars in 1_usize..200) {
            let shown = plain(&text, chars);
            prop_assert!(shown.chars().count() <= chars);
            prop_assert!(!shown.contains(char::is_control));
        }
    }
}
