//! Offsets in characters, as people and most languages count, and in bytes, as Rust does.

use std::ops::Range;

/// The bytes of a stretch given in characters (Unicode code points, from 0, end not included); none
/// where the text is shorter or the stretch is empty.
#[must_use]
pub fn bytes(text: &str, characters: Range<usize>) -> Option<Range<usize>> {
    if characters.is_empty() {
        return None;
    }
    let mut starts = text.char_indices().map(|(byte, _)| byte).chain([text.len()]);
    let from = starts.nth(characters.start)?;
    let until = starts.nth(characters.len() - 1)?;
    Some(from..until)
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn offsets_are_those_of_characters_and_never_outside_of_the_text() {
        let text = "é🔥 Acme";
        assert_eq!(bytes(text, 3..7).map(|range| &text[range]), Some("Acme"));
        assert_eq!(bytes(text, 1..2).map(|range| &text[range]), Some("🔥"));
        assert_eq!(bytes(text, 3..8), None);
        assert_eq!(bytes(text, 7..8), None);
        assert_eq!(bytes(text, 3..3), None);
        assert_eq!(bytes(text, std::ops::Range { start: 5, end: 3 }), None);
        assert_eq!(bytes("", 0..1), None);
    }
}
