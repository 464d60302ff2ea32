//! Erasing: what a post is known by, and how what was erased stays out without a word of it being kept.
//!
//! Of what is to stay out only *seals* are kept: HMAC-SHA256, cut to 16 bytes, over what a post is known
//! by, under a key made at random, once for a store. Whoever holds the data folder holds the key with
//! them, and may try names; without trying, no name can be read off. Seals travel with their key, so that
//! a backup or an export brings nothing back wherever it is restored.

use hmac::{Hmac, Mac as _};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::Sha256;
use url::Url;

use crate::digest::{Citation, Digest};
use crate::month::Month;
use crate::post::{Author, Post, PostId, Relation};
use crate::source::SourceId;

/// Something a post is known by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Sign {
    /// Its id.
    Post(PostId),
    /// Where it stands.
    Place(String),
    /// What its source calls it.
    Called(SourceId, String),
    /// Its author's handle, which is unique everywhere.
    Handle(String),
    /// Its author's name or handle, which is unique within a source at most.
    Name(SourceId, String),
    /// Its author's mail address.
    Mail(String),
}

impl Sign {
    /// The sign of what stands at a web address; none for what is none, and for a site as a whole, where
    /// more than one post may stand. However it is written, one address is one sign; what stands behind
    /// `#` is a part of it, for comments have it.
    #[must_use]
    pub fn place(address: &str) -> Option<Self> {
        let url = Url::parse(address.trim()).ok()?;
        if !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        let host = url.host_str()?;
        let host = host.strip_prefix("www.").unwrap_or(host);
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let behind = url.fragment().filter(|words| !words.is_empty());
        let behind = behind.map(|words| format!("#{words}")).unwrap_or_default();
        let page = format!("{}{query}{behind}", url.path().trim_end_matches('/'));
        (!page.is_empty()).then(|| Self::Place(format!("{host}{port}{page}")))
    }

    /// The sign of an author's handle, as people write one.
    #[must_use]
    pub fn handle(handle: &str) -> Self {
        Self::Handle(folded(handle))
    }

    /// The sign of an author's name or handle within a source.
    #[must_use]
    pub fn name(source: &SourceId, name: &str) -> Self {
        Self::Name(source.clone(), folded(name))
    }

    /// The sign of a mail address.
    #[must_use]
    pub fn mail(address: &str) -> Self {
        let address = folded(address);
        Self::Mail(address.strip_prefix("mailto:").unwrap_or(&address).to_owned())
    }

    /// What a post itself is known by, its author's signs first.
    #[must_use]
    pub fn of(post: &Post) -> Vec<Self> {
        let said = &post.said;
        let mut signs: Vec<Self> =
            said.author.iter().flat_map(|author| of_author(&post.source, author)).collect();
        signs.extend(Self::that_name(post));
        signs
    }

    /// What names a post, whoever said it.
    #[must_use]
    pub fn that_name(post: &Post) -> Vec<Self> {
        let native = post.said.native_id.iter();
        let called = native.map(|id| Self::Called(post.source.clone(), id.clone()));
        let place = post.said.url.as_deref().and_then(Self::place);
        std::iter::once(Self::Post(post.id)).chain(place).chain(called).collect()
    }

    /// What the post is known by that this one passes on or quotes.
    #[must_use]
    pub fn passed_on(post: &Post) -> Option<Self> {
        let (Relation::Boost(of) | Relation::Quote(of)) = &post.said.relation else { return None };
        Some(Self::place(of).unwrap_or_else(|| Self::Called(post.source.clone(), of.clone())))
    }

    /// What a post is known by as a digest shows it, which may be all that is left of it.
    #[must_use]
    pub fn of_citation(citation: &Citation) -> Vec<Self> {
        let owner = Self::handle(citation.owner.as_str());
        let place = citation.url.as_deref().and_then(Self::place);
        [Self::Post(citation.post), owner].into_iter().chain(place).collect()
    }

    /// The bytes that are sealed: no two signs have the same.
    fn bytes(&self) -> Vec<u8> {
        let (kind, words): (u8, Vec<&[u8]>) = match self {
            Self::Post(id) => (0, vec![id.as_bytes()]),
            Self::Place(place) => (1, vec![place.as_bytes()]),
            Self::Called(source, id) => (2, vec![source.as_str().as_bytes(), id.as_bytes()]),
            Self::Handle(handle) => (3, vec![handle.as_bytes()]),
            Self::Name(source, name) => (4, vec![source.as_str().as_bytes(), name.as_bytes()]),
            Self::Mail(address) => (5, vec![address.as_bytes()]),
        };
        let mut bytes = vec![kind];
        bytes.extend(words.join(&0));
        bytes
    }
}

/// The signs of an author in a source.
fn of_author(source: &SourceId, author: &Author) -> Vec<Sign> {
    let mut signs = Vec::new();
    if let Some(handle) = author.handle.as_deref() {
        signs.extend([Sign::handle(handle), Sign::name(source, handle)]);
        // `hn:ada` and `ada@example.social` are `ada` where they are.
        let short =
            handle.rsplit(':').next().and_then(|local| local.split('@').find(|s| !s.is_empty()));
        signs.extend(short.map(|short| Sign::name(source, short)));
        signs.extend(handle.contains('@').then(|| Sign::mail(handle)));
    } else if let Some(name) = author.name.as_deref() {
        signs.push(Sign::name(source, name));
    }
    let address = author.url.as_deref().filter(|url| url.starts_with("mailto:"));
    signs.extend(address.map(Sign::mail));
    signs.extend(author.url.as_deref().map(Sign::handle));
    signs
}

/// A handle, name or address as it is compared: without the `@` people put before it, in lower case.
fn folded(name: &str) -> String {
    name.trim().trim_start_matches('@').trim_end_matches('/').to_lowercase()
}

/// What seals signs: made at random, once for a store.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SealingKey([u8; 32]);

impl SealingKey {
    /// A new one.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub(super) fn new() -> std::io::Result<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
        Ok(Self(bytes))
    }

    /// The seal of a sign.
    pub(super) fn seal(&self, sign: &Sign) -> Seal {
        let mut bytes = [0; 16];
        // A key of any length is one.
        if let Ok(mut sealing) = Hmac::<Sha256>::new_from_slice(&self.0) {
            sealing.update(&sign.bytes());
            bytes.copy_from_slice(&sealing.finalize().into_bytes()[..16]);
        }
        Seal(bytes)
    }
}

/// A key is nobody's to read in a log.
impl std::fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealingKey(***)")
    }
}

/// What is kept of a sign that stays out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seal(pub(super) [u8; 16]);

/// What stays out, by the key it was sealed with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// The key.
    pub key: SealingKey,
    /// The seals under it.
    pub seals: Vec<Seal>,
}

macro_rules! hexadecimal {
    ($name:ident, $length:literal) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let digits = |hex: String, byte: &u8| hex + &format!("{byte:02x}");
                serializer.collect_str(&self.0.iter().fold(String::new(), digits))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                let wrong = || serde::de::Error::custom("not the hexadecimal digits it should be");
                let (pairs, rest) = text.as_bytes().as_chunks::<2>();
                let digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
                if pairs.len() != $length || !rest.is_empty() || !digits {
                    return Err(wrong());
                }
                let mut bytes = [0; $length];
                for (byte, pair) in bytes.iter_mut().zip(pairs) {
                    let pair = std::str::from_utf8(pair).map_err(|_| wrong())?;
                    *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong())?;
                }
                Ok(Self(bytes))
            }
        }
    };
}

hexadecimal!(SealingKey, 32);
hexadecimal!(Seal, 16);

/// What is to be erased.
#[derive(Debug, Clone, Copy)]
pub struct Erasing<'e> {
    /// These posts, with all that is kept of them.
    pub posts: &'e [PostId],
    /// Whatever bears one of these stays out from now on.
    pub signs: &'e [Sign],
    /// Digests to stand in the place of those of the same reader and date: see [`Digest::without`].
    pub digests: &'e [Digest],
    /// What is remembered of these sources, for it names somebody.
    pub sources: &'e [SourceId],
}

/// What was erased.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// Posts.
    pub posts: u64,
    /// Verdicts, each with its embedding.
    pub verdicts: u64,
    /// Labels on these posts, draws of them, and what readers said of points in their words.
    pub labels: u64,
    /// Rows of the ledger that say a reader was told of them.
    pub told: u64,
    /// Digests from which words were taken.
    pub digests: u64,
    /// Sources of which nothing is remembered any more.
    pub sources: u64,
    /// Months that were written anew, those that an erasing of before left to be among them.
    pub months: Vec<Month>,
}

impl Erased {
    /// Whether nothing was kept of what was asked for.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self { months: self.months.clone(), ..Self::default() }
    }

    /// Counts what was erased in a second turn, too.
    pub fn add(&mut self, more: Self) {
        let Self { posts, verdicts, labels, told, digests, sources, months } = more;
        self.posts += posts;
        self.verdicts += verdicts;
        self.labels += labels;
        self.told += told;
        self.digests += digests;
        self.sources += sources;
        self.months.extend(months);
        self.months.sort();
        self.months.dedup();
    }
}

/// What is known of erasings so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasings {
    /// How many there were.
    pub count: u64,
    /// The last of which anything was kept.
    pub last: Option<Timestamp>,
    /// How often a post was read again and did not come back.
    pub kept_out: u64,
    /// Months to be written anew still, for the last was cut short before its end.
    pub unfinished: Vec<String>,
    /// What the last one erased, or is about to.
    #[serde(default)]
    pub erased: Erased,
}

/// A backup that was made of the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackedUp {
    /// Its folder, from the root.
    pub folder: String,
    /// When.
    pub at: Timestamp,
}

impl BackedUp {
    /// Whether it may hold words that were erased since.
    #[must_use]
    pub fn is_before(&self, erasings: &Erasings) -> bool {
        erasings.last.is_some_and(|last| self.at < last)
    }
}

/// The reader and the date of a digest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OfReader {
    /// Whose.
    pub reader: String,
    /// Of which date.
    pub date: Date,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::post::Said;

    fn post(author: Author) -> Post {
        let said = Said {
            key: "1".into(),
            url: Some("https://www.example.social/@ada/1".into()),
            native_id: Some("1".into()),
            author: Some(author),
            ..Said::default()
        };
        Post::new(&"forum".parse().unwrap(), said, Timestamp::UNIX_EPOCH)
    }

    fn author(name: Option<&str>, handle: Option<&str>) -> Author {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Author { name: text(name), handle: text(handle), url: None }
    }

    #[test]
    fn one_address_is_one_place_and_a_site_is_none() {
        let place = |address| Sign::place(address);
        let ways = ["http://a.example/x/", "https://www.a.example/x", " https://a.example:443/x "];
        assert!(ways.iter().all(|way| place(way) == place("https://a.example/x")));
        assert_ne!(place("https://a.example/x#comment-5"), place("https://a.example/x"));
        assert_ne!(place("https://a.example/x?id=5"), place("https://a.example/x"));
        for none in ["https://a.example/", "https://a.example", "mailto:a@b.example", "17", ""] {
            assert_eq!(place(none), None, "{none}");
        }
    }

    #[test]
    fn a_handle_is_unique_everywhere_and_a_name_within_its_source() {
        let of = |name, handle| Sign::of(&post(author(name, handle)));
        let source: SourceId = "forum".parse().unwrap();
        let signs = of(Some("Ada Byron"), Some("Ada@Example.Social"));
        assert!(signs.contains(&Sign::handle("@ada@example.social")));
        assert!(signs.contains(&Sign::name(&source, "ada")));
        assert!(!signs.contains(&Sign::name(&source, "Ada Byron")), "a name to show is anybody's");
        assert!(of(None, Some("hn:pg")).contains(&Sign::name(&source, "PG")));
        let signs = of(Some("Ada Byron"), None);
        assert!(signs.contains(&Sign::name(&source, " ada byron ")));
        assert!(!signs.contains(&Sign::handle("Ada Byron")));
        assert!(of(None, Some("ada@example.org")).contains(&Sign::mail("mailto:ADA@example.org")));
    }

    #[test]
    fn what_passes_a_post_on_leads_to_it() {
        let original = post(author(None, None));
        let passing = |relation| Post {
            said: Said { relation, ..Said::default() },
            ..post(author(None, Some("bob")))
        };
        for relation in
            [Relation::Boost("http://example.social/@ada/1/".into()), Relation::Quote("1".into())]
        {
            let sign = Sign::passed_on(&passing(relation)).unwrap();
            assert!(Sign::of(&original).contains(&sign), "{sign:?}");
        }
        assert_eq!(Sign::passed_on(&passing(Relation::Reply("1".into()))), None);
    }

    #[test]
    fn a_seal_is_of_one_sign_under_one_key_and_comes_back_from_json() {
        let (key, other) = (SealingKey::new().unwrap(), SealingKey::new().unwrap());
        let source: SourceId = "a".parse().unwrap();
        let signs = [Sign::handle("ada"), Sign::mail("ada"), Sign::name(&source, "ada")];
        let seals: std::collections::BTreeSet<Seal> =
            signs.iter().flat_map(|sign| [key.seal(sign), other.seal(sign)]).collect();
        assert_eq!(seals.len(), 6);
        assert_eq!(key.seal(&signs[0]), key.seal(&Sign::handle("@ADA")));
        let sealed = Sealed { key, seals: seals.into_iter().collect() };
        let json = serde_json::to_string(&sealed).unwrap();
        assert_eq!(serde_json::from_str::<Sealed>(&json).unwrap(), sealed);
        for wrong in ["\"\"", "\"zz\"", "\"é\"", "7"] {
            assert!(serde_json::from_str::<Seal>(wrong).is_err());
        }
        assert!(!format!("{sealed:?}").contains(&json[8..40]), "the key is not told");
    }
}
