//! Every repair there is: what it is called in a visit's record, and the feed that needed it.
//!
//! Some are made to the bytes, some to the text, some while the text is read; they stand in that
//! order. A repair of the text is a function of its own, in [`super::mend`].

use std::borrow::Cow;

use super::mend;

/// One repair.
#[derive(Debug, Clone, Copy)]
pub struct Repair {
    /// What was wrong, in words.
    pub what: &'static str,
    /// The feed that needs it, in `tests/fixtures/feeds`.
    pub needed_by: &'static str,
    /// The Content-Type that feed comes with.
    pub served_as: Option<&'static str>,
    /// The text without the fault; borrowed where there is none. Nothing where the fault is mended
    /// on the way from bytes to text, or from text to elements.
    pub(super) mend: Option<fn(&str) -> Cow<'_, str>>,
}

impl Repair {
    const fn of(what: &'static str, needed_by: &'static str) -> Self {
        Self { what, needed_by, served_as: None, mend: None }
    }

    /// The repair as a visit records it.
    pub(super) fn note(&self) -> String {
        self.what.to_owned()
    }

    /// The same, with what was found.
    pub(super) fn note_with(&self, detail: &str) -> String {
        format!("{}: {detail}", self.what)
    }
}

pub(super) const UTF16_WITHOUT_MARK: Repair =
    Repair::of("UTF-16 without a byte order mark", "utf16_without_bom.xml");
pub(super) const WRONG_CHARSET: Repair =
    Repair::of("a wrong charset was stated", "wrong_charset_in_prolog.xml");
pub(super) const TWO_CHARSETS: Repair = Repair {
    served_as: Some("text/xml; charset=iso-8859-2"),
    ..Repair::of("header and prolog name different charsets", "two_charsets_stated.xml")
};
pub(super) const BAD_BYTES: Repair =
    Repair::of("bytes that do not fit the charset", "a_byte_of_another_charset.xml");
pub(super) const NO_CHARSET: Repair =
    Repair::of("no true charset was stated", "windows_1252_unstated.xml");
const JUNK: Repair = Repair {
    mend: Some(mend::without_junk),
    ..Repair::of("text before the document", "php_warning_before_prolog.xml")
};
const CONTROLS: Repair = Repair {
    mend: Some(mend::without_controls),
    ..Repair::of("control characters", "control_characters.xml")
};
const BARE_BRACKETS: Repair = Repair {
    mend: Some(mend::without_bare_brackets),
    ..Repair::of("bare <", "less_than_in_words.xml")
};
pub(super) const WRAPPED: Repair =
    Repair::of("a web page around the feed", "feed_inside_a_web_page.html");
pub(super) const BARE_AMPERSAND: Repair = Repair::of("bare &", "bare_ampersand.xml");
pub(super) const HTML_ENTITIES: Repair = Repair::of("HTML entities", "html_entities.xml");
pub(super) const MANGLED: Repair =
    Repair::of("UTF-8 that was read as Latin-1", "utf8_read_as_latin1_twice.xml");
pub(super) const BROKEN_TAGS: Repair = Repair::of("broken tags", "tag_that_never_ends.xml");
pub(super) const UNMATCHED_TAGS: Repair =
    Repair::of("tags that do not match", "items_never_closed.xml");
pub(super) const CUT: Repair =
    Repair::of("the document ends in the middle", "cut_in_the_middle.xml");

/// Every repair, in the order in which they are made.
pub const REPAIRS: &[Repair] = &[
    UTF16_WITHOUT_MARK,
    WRONG_CHARSET,
    TWO_CHARSETS,
    BAD_BYTES,
    NO_CHARSET,
    // WordPress plug-ins that print warnings, blank lines after a closing `?>` of PHP.
    JUNK,
    // Pasted from word processors; a vertical tab alone stops an XML parser.
    CONTROLS,
    // Descriptions with `a < b` or `<3`, and templates that were never filled in.
    BARE_BRACKETS,
    // A feed somebody saved from a browser, or put into a page to be looked at.
    WRAPPED,
    // Titles and addresses put into a template as they are.
    BARE_AMPERSAND,
    HTML_ENTITIES,
    MANGLED,
    BROKEN_TAGS,
    UNMATCHED_TAGS,
    // A server that gave up, or a limit of one.
    CUT,
];

/// `text` with every repair of the text that it needs, and what those were.
pub(super) fn mended(text: &str) -> (Cow<'_, str>, Vec<String>) {
    let mut mended = Cow::Borrowed(text);
    let mut done = Vec::new();
    for repair in REPAIRS {
        let Some(mend) = repair.mend else { continue };
        let next = mend(&mended);
        if next != mended {
            done.push(repair.note());
            mended = Cow::Owned(next.into_owned());
        }
    }
    (mended, done)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expect: &str, repairs: &[&str]) {
        let (text, done) = mended(input);
        assert_eq!(text, expect);
        assert_eq!(done, repairs);
    }

    #[test]
    fn junk_before_the_document_goes() {
        check("\n <?xml version='1.0'?><rss/>", "\n <?xml version='1.0'?><rss/>", &[]);
        let warning = "<br />\n<b>Warning</b>: x in <b>y</b><br />\n<rss version='2.0'/>";
        check(warning, "<rss version='2.0'/>", &["text before the document"]);
        check("<html><p>x</p></html>", "<html><p>x</p></html>", &[]);
    }

    #[test]
    fn bare_brackets_and_controls_go_but_cdata_stays() {
        check("<rss>a < b\u{b}</rss>", "<rss>a &lt; b</rss>", &["control characters", "bare <"]);
        check(
            "<rss><![CDATA[a < b]]><!-- < --></rss>",
            "<rss><![CDATA[a < b]]><!-- < --></rss>",
            &[],
        );
        check("<rss>&lt;3 <3", "<rss>&lt;3 &lt;3", &["bare <"]);
    }
}
