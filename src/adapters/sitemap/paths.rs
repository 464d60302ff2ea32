//! Patterns of paths: `/blog/*`, as in robots.txt.

/// A pattern: `*` stands for anything, `$` at the end for the end of the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    parts: Vec<String>,
    to_the_end: bool,
}

impl Pattern {
    /// The pattern that `text` writes; nothing where it begins with neither `/` nor `*`.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if !text.starts_with(['/', '*']) {
            return None;
        }
        let to_the_end = text.ends_with('$');
        let parts = text.trim_end_matches('$').split('*').map(str::to_owned).collect();
        Some(Self { parts, to_the_end })
    }

    /// Whether `path` begins as the pattern says.
    pub(super) fn fits(&self, path: &str) -> bool {
        let Some((first, rest)) = self.parts.split_first() else { return false };
        let Some(mut left) = path.strip_prefix(first.as_str()) else { return false };
        for (place, part) in rest.iter().enumerate() {
            let is_last = place + 1 == rest.len();
            if is_last && self.to_the_end {
                return left.ends_with(part.as_str());
            }
            let Some(at) = left.find(part.as_str()) else { return false };
            left = &left[at + part.len()..];
        }
        !self.to_the_end || left.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn a_star_is_anything_and_a_dollar_the_end() {
        let fits = |pattern: &str, path| Pattern::read(pattern).unwrap().fits(path);
        assert!(fits("/blog/", "/blog/a"));
        assert!(!fits("/blog/", "/news/blog/a"));
        assert!(fits("/*/blog/", "/en/blog/a"));
        assert!(fits("*.html$", "/a/b.html"));
        assert!(!fits("*.html$", "/a/b.html/c"));
        assert!(fits("/a$", "/a"));
        assert!(!fits("/a$", "/ab"));
        assert!(fits("/20*/*-*/", "/2026/so-it-goes/"));
        assert_eq!(Pattern::read("blog"), None);
    }
}
