//! A text as the encoder and the sentiment head read it.

/// Characters read: what the encoder would look at, and some more.
pub(super) const MOST_CHARS: usize = 20_000;

/// The text with every address as `http` and every handle as `@user`, white space folded: who is
/// linked and called is no matter of meaning or mood, and the training tweets are written so.
#[must_use]
pub fn readable(text: &str) -> String {
    let cut = text.char_indices().nth(MOST_CHARS).map_or(text, |(end, _)| &text[..end]);
    let mut readable = String::with_capacity(cut.len());
    for word in cut.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()) {
        if !readable.is_empty() {
            readable.push(' ');
        }
        if let Some(at) = address(word) {
            readable.push_str(&word[..at]);
            readable.push_str("http");
        } else {
            push_without_handles(&mut readable, word);
        }
    }
    readable
}

/// Whether a byte of a text is inside an address.
pub(super) fn is_inside_address(text: &str, byte: usize) -> bool {
    let before = text.get(..byte).unwrap_or(text);
    let start = before.rfind(|c: char| c.is_whitespace()).unwrap_or(0);
    address(&before[start..]).is_some()
}

fn address(word: &str) -> Option<usize> {
    word.find("https://").or_else(|| word.find("http://")).or_else(|| word.find("www."))
}

fn push_without_handles(readable: &mut String, word: &str) {
    let is_handle = |c: char| c.is_alphanumeric() || c == '_';
    let mut rest = word;
    while let Some(at) = rest.find('@') {
        let (before, after) = rest.split_at(at);
        let after = &after[1..];
        readable.push_str(before);
        let end = after.find(|c| !is_handle(c)).unwrap_or(after.len());
        let inside_word = before.chars().next_back().is_some_and(is_handle);
        if end == 0 || inside_word {
            readable.push('@');
            rest = after;
        } else {
            readable.push_str("@user");
            rest = &after[end..];
            // A Mastodon handle names its server too.
            if let Some(server) = rest.strip_prefix('@') {
                rest = server.trim_start_matches(|c| is_handle(c) || c == '.' || c == '-');
            }
        }
    }
    readable.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn addresses_and_handles_become_neutral() {
        assert_eq!(readable("See\n (https://a.example/b?c) now"), "See (http now");
        assert_eq!(readable("@ada: @bob@social.example, hi"), "@user: @user, hi");
        assert_eq!(readable("mail a@b.example @ 5"), "mail a@b.example @ 5");
        assert_eq!(readable(" \0\t "), "");
    }
}
