//! Namespaces: which vocabulary an element's name belongs to.

/// The vocabularies we read. What feeds declare for them varies; see [`SPACES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Space {
    /// RSS, RDF's items, Atom, CDF, and no namespace at all.
    Core,
    /// RDF itself.
    Rdf,
    /// Dublin Core, both sets.
    Dc,
    /// `content:encoded`.
    Content,
    /// Apple's podcast vocabulary.
    Itunes,
    /// Media RSS.
    Media,
    /// `sy:updatePeriod`.
    Syndication,
    /// XHTML in a feed.
    Xhtml,
    /// `xml:lang`, `xml:base`.
    Xml,
    /// Anything else.
    Other,
}

/// Beginnings of namespace names, in lower case and without a scheme, and what they stand for.
/// Feeds spell them with http and https, with and without a last slash or number sign.
const SPACES: &[(&str, Space)] = &[
    ("www.w3.org/1999/02/22-rdf-syntax-ns", Space::Rdf),
    ("www.w3.org/2005/atom", Space::Core),
    ("purl.org/atom/", Space::Core),
    ("example.com/newformat", Space::Core),
    ("example.com/necho", Space::Core),
    ("purl.org/echo/", Space::Core),
    ("purl.org/net/rss1.1", Space::Core),
    ("purl.org/rss/1.0/modules/rss091", Space::Core),
    ("purl.org/rss/1.0/modules/content", Space::Content),
    ("purl.org/rss/1.0/modules/syndication", Space::Syndication),
    ("purl.org/rss/1.0/modules/", Space::Other),
    ("purl.org/rss/", Space::Core),
    ("my.netscape.com/", Space::Core),
    ("my.netscape.com/publish/formats/rss", Space::Core),
    ("channel.netscape.com/rdf/simple", Space::Core),
    ("backend.userland.com/", Space::Core),
    ("blogs.law.harvard.edu/tech/rss", Space::Core),
    ("cyber.law.harvard.edu/rss", Space::Core),
    ("cyber.harvard.edu/rss", Space::Core),
    ("purl.org/dc/", Space::Dc),
    ("purl.org/metadata/dublin_core", Space::Dc),
    ("www.itunes.com/dtds/podcast", Space::Itunes),
    ("www.itunes.com/dtd/podcast", Space::Itunes),
    ("example.com/dtds/podcast", Space::Itunes),
    ("search.yahoo.com/mrss", Space::Media),
    ("video.search.yahoo.com/mrss", Space::Media),
    ("tools.search.yahoo.com/mrss", Space::Media),
    ("www.w3.org/1999/xhtml", Space::Xhtml),
    ("www.w3.org/xml/1998/namespace", Space::Xml),
];

/// What prefixes usually stand for, where a feed uses one that it never declares.
const PREFIXES: &[(&str, Space)] = &[
    ("xml", Space::Xml),
    ("rdf", Space::Rdf),
    ("dc", Space::Dc),
    ("dcterms", Space::Dc),
    ("content", Space::Content),
    ("itunes", Space::Itunes),
    ("media", Space::Media),
    ("sy", Space::Syndication),
    ("atom", Space::Core),
    ("atom10", Space::Core),
    ("a10", Space::Core),
    ("rss", Space::Core),
    ("xhtml", Space::Xhtml),
];

/// The vocabulary that the namespace name `uri` stands for.
pub(super) fn space_of_uri(uri: &str) -> Space {
    let uri = uri.trim().to_ascii_lowercase();
    let bare = uri.strip_prefix("https://").or_else(|| uri.strip_prefix("http://")).unwrap_or(&uri);
    if bare.is_empty() {
        return Space::Core;
    }
    SPACES
        .iter()
        .filter(|(beginning, _)| bare.starts_with(beginning))
        .max_by_key(|(beginning, _)| beginning.len())
        .map_or(Space::Other, |(_, space)| *space)
}

/// The vocabulary that an undeclared `prefix` most likely stands for.
pub(super) fn space_of_prefix(prefix: &str) -> Space {
    let known = PREFIXES.iter().find(|(name, _)| prefix.eq_ignore_ascii_case(name));
    known.map_or(Space::Other, |(_, space)| *space)
}
