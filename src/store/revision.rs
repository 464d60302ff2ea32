//! What it means that a post is heard again.

use crate::post::{Post, Said};

/// What hearing a kept post again makes of it.
#[derive(Debug, PartialEq)]
pub(super) enum Revision {
    /// It says the same.
    Same,
    /// Something about it changed, but no word that is judged.
    Details(Post),
    /// Its words changed: it is to be judged again.
    Words(Post),
}

/// What `heard` makes of the kept post of the same id.
///
/// Markup and dates alone are no change: sites put sessions and advertisements into the one, and the
/// moment of the request into the other. The first date stated stays, so that a post dressed up as
/// new is not told as new.
pub(super) fn revision(kept: &Post, heard: &Said) -> Revision {
    // Taken apart, so that a new field cannot be forgotten here.
    let Said {
        key: _,
        url,
        title,
        text,
        html: _,
        summary,
        author,
        published,
        updated: _,
        tags,
        enclosures,
        language,
        relation,
        native_id: _,
        noindex,
    } = heard;
    let old = &kept.said;
    let same_words =
        (&old.title, &old.text, &old.summary, &old.language) == (title, text, summary, language);
    let same_details =
        (&old.url, &old.author, &old.tags, &old.enclosures, &old.relation, &old.noindex)
            == (url, author, tags, enclosures, relation, noindex);
    if same_words && same_details {
        return Revision::Same;
    }
    let said = Said { published: old.published.or(*published), ..heard.clone() };
    let post = Post { said, ..kept.clone() };
    if same_words { Revision::Details(post) } else { Revision::Words(post) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept() -> Post {
        let said = Said {
            key: "1".into(),
            title: Some("Prices rise".into()),
            text: "They rise again.".into(),
            html: Some("<p>They rise again.</p>".into()),
            published: Some("2026-03-01T08:00:00Z".parse().unwrap()),
            tags: vec!["prices".into()],
            ..Said::default()
        };
        Post::new(&"press".parse().unwrap(), said, "2026-03-02T08:00:00Z".parse().unwrap())
    }

    #[test]
    fn markup_and_dates_alone_are_no_change() {
        let kept = kept();
        let heard = Said {
            html: Some("<p id=s9>They rise again.</p>".into()),
            published: Some("2026-03-02T09:00:00Z".parse().unwrap()),
            updated: Some("2026-03-02T09:00:00Z".parse().unwrap()),
            ..kept.said.clone()
        };
        assert_eq!(revision(&kept, &heard), Revision::Same);
    }

    #[test]
    fn tags_are_a_change_that_needs_no_new_verdict() {
        let kept = kept();
        let heard = Said { tags: vec![], ..kept.said.clone() };
        let expected = Post { said: heard.clone(), ..kept.clone() };
        assert_eq!(revision(&kept, &heard), Revision::Details(expected));
    }

    #[test]
    fn new_words_are_to_be_judged_and_keep_the_first_date() {
        let kept = kept();
        let heard = Said {
            text: "They fell.".into(),
            published: Some("2026-03-09T08:00:00Z".parse().unwrap()),
            ..kept.said.clone()
        };
        let said = Said { text: "They fell.".into(), ..kept.said.clone() };
        let expected = Post { said, ..kept.clone() };
        assert_eq!(revision(&kept, &heard), Revision::Words(expected));
    }
}
