//! Plain text: titles on one line, paragraphs, and characters that show nothing.

use super::reading::to_text;
use super::titles::escape_unknown_tags;

/// Bytes read of a title, markup included.
const LONGEST_TITLE: usize = 16 * 1024;

/// A title that may or may not carry markup and entities, as plain text on one line.
///
/// `<` that begins no HTML element is a character: `Vec<u8> & friends` stays as it is.
#[must_use]
pub fn plain(title: &str) -> String {
    let title = &title[..title.floor_char_boundary(LONGEST_TITLE)];
    if !title.contains(['<', '&']) {
        return fold(title);
    }
    fold(&to_text(&escape_unknown_tags(title)))
}

/// `text` on one line: white space folded, invisible characters dropped.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split(char::is_whitespace) {
        let begin = folded.len();
        folded.extend(word.chars().filter(|&c| !invisible(c)));
        if folded.len() > begin && begin > 0 {
            folded.insert(begin, ' ');
        }
    }
    folded
}

/// Plain text as clean text: lines run on, a blank line ends a paragraph.
#[must_use]
pub fn paragraphs(text: &str) -> String {
    let mut paragraphs: Vec<String> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        let line = fold(line);
        if line.is_empty() {
            open = false;
        } else if let (true, Some(last)) = (open, paragraphs.last_mut()) {
            last.push(' ');
            last.push_str(&line);
        } else {
            paragraphs.push(line);
            open = true;
        }
    }
    paragraphs.join("\n\n")
}

/// `text` as HTML that shows it.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Characters that show nothing and break comparisons. The joiners stay: scripts and emoji need them.
pub(super) fn invisible(c: char) -> bool {
    // The last two are bidirectional overrides: text could show as other words than it holds.
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_keeps_its_paragraphs() {
        assert_eq!(paragraphs(" a\n b \n\n\n c"), "a b\n\nc");
        assert_eq!(paragraphs(""), "");
    }

    #[test]
    fn a_title_keeps_what_is_no_markup() {
        assert_eq!(plain("Vec<u8> & friends"), "Vec<u8> & friends");
        assert_eq!(plain("AT&amp;T <em>buys</em>\n B &#8211; C"), "AT&T buys B – C");
        assert_eq!(plain("1 < 2"), "1 < 2");
        assert_eq!(plain("a\u{200b}b  c"), "ab c");
    }
}
